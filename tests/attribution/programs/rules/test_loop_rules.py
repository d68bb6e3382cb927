"""What computes for long on the loop is a finding if it does so again and again; and only what waits is called a wait."""

import random
from array import array
from dataclasses import replace
from typing import Any

import pytest

from clientprof.attribution.programs.program_changes import program_changes
from clientprof.attribution.programs.program_result import program_result
from clientprof.model.layers import Layer
from clientprof.model.programs.results import ProgramResult
from clientprof.model.recording import Recording
from clientprof.model.run import StepOwner
from clientprof.model.samples import CodeLocation
from programs_by_hand import BEGUN, MS
from recordings import boundary, code
from sampled_loops import PARSES, recorded, result_of


def found_for(
    long_steps: int,
    short_steps: int,
    *stacks_without_samples: CodeLocation,
    let_run: float = 1.0,
    queued: float | None = None,
    others: float = 0.0,
) -> list[str]:
    """Findings about a program whose function is in so many steps of 60 ms, and in so many of 2 ms.

    ``let_run`` is the share of that time in which it computes; the loop's thread waited for a core in ``queued`` of it, if
    the system tells. Other threads computed for ``others`` of it.
    """
    steps, samples, at = [(0, 0)], [], 1
    for length in [60] * long_steps + [2] * short_steps:
        steps += [(at, -1), (at + length, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, int(2 * MS * let_run), 0) for each in range(1, length, 2)]
        at += length + 5
    held_ns = (60 * long_steps + 2 * short_steps) * MS
    result = result_of(
        steps,
        samples,
        at,
        stacks=[[PARSES], *([each] for each in stacks_without_samples)],
        computed_ns=int(held_ns * let_run),
        queued_ns=None if queued is None else int(held_ns * queued),
        others=others,
    )
    return [finding.id for finding in result.findings]


@pytest.mark.parametrize("idle_s", [0, 600])
def test_what_the_program_idles_after_its_requests_hides_no_finding(idle_s: int) -> None:
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(20):
        steps += [(at, -1), (at + 60, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, 0, 0) for each in range(1, 60, 2)]
        at += 65
    result = result_of(steps, samples, at + 1000 * idle_s, computed_ns=1, queued_ns=None, asked_ms=at)
    assert [finding.id for finding in result.findings] == ["blocking-call"]


@pytest.mark.parametrize(
    ("let_run", "identity"), [(0.0, "blocking-call"), (1.0, "work-should-leave-the-loop")], ids=["blocks", "computes"]
)
def test_what_holds_the_loop_takes_of_a_request_what_it_holds_and_what_ready_ones_wait_for_it(
    let_run: float, identity: str
) -> None:
    """Twenty steps of 60 ms, behind each of which the one request stands in line."""
    steps, enqueued, samples, at = [(0, 0)], [0], [], 1
    for _ in range(20):
        steps += [(at, -1), (at + 60, 0), (at + 61, int(StepOwner.WAIT))]
        enqueued += [0, BEGUN + at * MS, 0]
        samples += [(BEGUN + (at + each) * MS, int(2 * MS * let_run), 0) for each in range(1, 60, 2)]
        at += 65
    computed_ns = int(20 * 60 * MS * let_run) or 1
    made = recorded(steps, samples, at, computed_ns=computed_ns, queued_ns=None, asked_ms=at)
    (run,) = made.runs
    columns = {**run.columns, "step.enqueued_ns": array("q", [*enqueued, 0])}
    result = program_result(replace(made, runs=(replace(run, columns=columns),)))
    (finding,) = (each for each in result.findings if each.id == identity)
    takes_us = (finding.cost_us_per_request or 0.0) + (finding.off_cpu_us_per_request or 0.0)
    assert takes_us == pytest.approx(2 * 20 * 60_000, rel=0.05)


@pytest.mark.parametrize(("long_steps", "expected"), [(3, ["work-should-leave-the-loop"]), (2, []), (1, [])])
def test_work_should_leave_the_loop_where_it_is_long_again_and_again(long_steps: int, expected: list[str]) -> None:
    assert found_for(long_steps, short_steps=20) == expected


@pytest.mark.parametrize(("short_steps", "queued", "found"), [(800, 0.5, False), (100, 0.5, True), (800, 0.0, True)])
def test_a_few_steps_that_a_busy_machine_made_long_are_no_long_work(
    short_steps: int, queued: float, found: bool
) -> None:
    ids = found_for(4, short_steps, let_run=0.5 if queued else 1.0, queued=queued)
    assert ("work-should-leave-the-loop" in ids) is found


def test_a_stack_whose_samples_were_all_skipped_holds_nothing() -> None:
    before = CodeLocation("app", "starts", "app.py", 3, "app")
    assert found_for(3, 20, before) == ["work-should-leave-the-loop"]


def test_much_work_in_short_steps_may_stay_on_the_loop() -> None:
    assert found_for(0, short_steps=200) == []


def test_what_gets_no_core_computes_and_what_wants_none_stands_still() -> None:
    """On a machine with many busy processes code that computes holds the loop for long with little CPU."""
    computes, blocks = "work-should-leave-the-loop", "blocking-call"
    assert found_for(5, 0, let_run=0.15, queued=0.85) == [computes]
    assert found_for(5, 0, let_run=0.15, queued=0.0) == [blocks]
    # It sleeps, and waits for a core each time that it wakes.
    assert found_for(5, 0, let_run=0.02, queued=0.1) == [blocks]
    assert found_for(5, 0, let_run=0.15, queued=None) == [blocks]


def test_what_waits_for_threads_that_compute_neither_stands_still_nor_computes() -> None:
    """It needs the interpreter's lock, and they have it."""
    waits = "threads-hold-interpreter"
    assert found_for(5, 0, let_run=0.05, others=0.0) == ["blocking-call"]
    assert found_for(5, 0, let_run=0.05, others=0.9) == [waits]
    # They do not get a core all the time either: as the loop's own thread, they wait a third as long as they compute.
    assert found_for(5, 0, let_run=0.06, queued=0.02, others=0.6) == [waits]
    assert found_for(5, 0, let_run=0.06, queued=0.0, others=0.6) == ["blocking-call"]
    # Threads that do little are not what it waits for.
    assert found_for(5, 0, let_run=0.05, others=0.3) == ["blocking-call"]


@pytest.mark.parametrize(("length", "queued_per_cpu"), [(3, 0.5), (12, 5.0)])
def test_short_steps_are_not_judged_by_the_few_that_the_machine_held_up(length: int, queued_per_cpu: float) -> None:
    """A step of 2 ms has room for two samples only when its thread was kept from computing; on a machine with five times
    too much to do, most are that long, and still most have one."""
    computing, held_up = 400, 6
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(computing):
        steps += [(at, -1), (at + length, int(StepOwner.WAIT))]
        samples.append((BEGUN + (at + length - 1) * MS, 2 * MS, 0))
        at += length + 2
    for _ in range(held_up):
        steps += [(at, -1), (at + 12, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, 0, 0) for each in (4, 11)]
        at += 15
    computed_ns = computing * 2 * MS
    found = result_of(steps, samples, at, computed_ns=computed_ns, queued_ns=int(computed_ns * queued_per_cpu))
    (holder,) = found.holders
    assert holder.cpu_s == pytest.approx(computed_ns / 1e9, rel=0.05)
    assert "blocking-call" not in {each.id for each in found.findings}


@pytest.mark.parametrize(
    ("blocked", "still_ms", "told"),
    [(500, 3, True), (130, 3, False), (500, 0, False)],
    ids=["blocks", "only-in-the-loops-own-waits", "computes"],
)
def test_calls_that_block_for_less_than_samples_can_tell_are_told_by_clocks(
    blocked: int, still_ms: int, told: bool
) -> None:
    """Forty busy stretches of 50 ms, with ten calls in each that block for 3 ms, or for none; a sample every 10 ms has as
    much CPU wherever it falls."""
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(40):
        steps += [*((at + 5 * each, -1) for each in range(10)), (at + 50, int(StepOwner.WAIT))]
        computed_ms = 5 - still_ms
        samples += [(BEGUN + (at + each) * MS, 2 * computed_ms * MS, 0) for each in range(9, 50, 10)]
        at += 52
    computed_ns = 40 * 10 * (5 - still_ms) * MS
    found = result_of(steps, samples, at, computed_ns=computed_ns, queued_ns=0, blocked=blocked)
    titles = [each.title for each in found.findings if each.id == "blocking-call"]
    assert [title.partition(" ms each")[0] for title in titles] == (["Calls that block for about 3.2"] if told else [])


def test_calls_that_block_are_given_no_more_time_than_their_function_held_the_loop() -> None:
    """The rest of what clocks say stood still somewhere else."""
    steps, samples, at = [(0, 0)], [], 1
    for number in range(200):
        steps += [(at, -1), (at + 10, int(StepOwner.WAIT))]
        samples.append((BEGUN + (at + 9) * MS, 3 * MS, int(number % 4 > 0)))
        at += 12
    waits = code("asyncio.x", "Loop.waits", "stdlib")
    found = result_of(
        steps, samples, at, computed_ns=200 * 3 * MS, queued_ns=0, blocked=3000, stacks=[[PARSES], [waits]]
    )
    (finding,) = (each for each in found.findings if each.id == "blocking-call")
    (held,) = (row.held_s.value for row in found.holders if row.function == "parses")
    assert finding.off_cpu_us_per_request == pytest.approx(held * 1e6)


@pytest.mark.parametrize(("below", "told"), [(3, None), (7, "json.loads")])
def test_what_takes_most_below_a_function_is_told_where_it_takes_more_than_the_function_itself(
    below: int, told: str | None
) -> None:
    loads = code("json", "loads", "stdlib")
    steps, samples = [(0, 0)], []
    for place in range(50):
        steps += [(1 + 10 * place, -1), (9 + 10 * place, int(StepOwner.WAIT))]
        samples.append((BEGUN + (8 + 10 * place) * MS, 8 * MS, int(place % 10 < below)))
    found = result_of(steps, samples, 501, computed_ns=1, queued_ns=None, stacks=[[PARSES], [PARSES, loads]])
    (holder,) = found.holders
    assert holder.inside == told


ASKS = CodeLocation("app", "asks", "app.py", 7, "app")
OTHER = CodeLocation("app", "does_more", "app.py", 50, "app")
IN_VAIN = CodeLocation("httpcore._synchronization", "current_async_library", "s.py", 5, "package")


def of_layers(*args: Any, **kwargs: Any) -> ProgramResult:
    """What is said of ``layered``."""
    return program_result(layered(*args, **kwargs))


def layered(pool: int, imports: int, own: int, others: int, importer: CodeLocation = IN_VAIN) -> Recording:
    """A program that is sampled so often in its client's pool, in imports, in the function around both, and elsewhere."""
    passes = code("httpcore.pool", "passes")
    imported = code("importlib._bootstrap", "_find_and_load", "stdlib")
    stacks = [[ASKS, passes], [ASKS, importer, imported], [ASKS], [OTHER]]
    order = [number for number, many in enumerate((pool, imports, own, others)) for _ in range(many)]
    random.Random(7).shuffle(order)
    order.insert(0, 3)  # the first sample has nothing before it to stand for
    steps, samples = [(0, 0)], []
    for place, number in enumerate(order):
        steps += [(1 + 10 * place, -1), (9 + 10 * place, int(StepOwner.WAIT))]
        samples.append((BEGUN + (8 + 10 * place) * MS, 8 * MS, number))
    bounds = (boundary(passes, Layer.POOL), boundary(imported, Layer.IMPORT))
    end = 10 * len(order) + 1
    return recorded(steps, samples, end, computed_ns=1, queued_ns=None, stacks=stacks, boundaries=bounds)


def close(result: ProgramResult) -> list[str]:
    return [notice.text for notice in result.notices if notice.id == "close-to-a-bound"]


def test_a_part_of_a_client_is_told_by_its_share_of_the_loop_s_busy_time_and_of_that_under_its_function() -> None:
    (finding,) = of_layers(pool=100, imports=0, own=100, others=50).findings
    assert (
        finding.title == "The connection pool, under `asks` (app.py:7), takes 39.8\u00a0% of the event loop's busy time"
    )
    assert finding.claim.startswith("That is 50.0\u00a0% of the busy time under this function,")
    assert not finding.close_to_bound


def test_a_share_whose_interval_holds_the_bound_says_so_on_both_sides_of_it() -> None:
    above = of_layers(pool=42, imports=0, own=200, others=20)
    (finding,) = above.findings
    assert finding.close_to_bound
    assert "The least that makes a finding is 15\u00a0%" in finding.claim
    assert close(above) == []
    below = of_layers(pool=34, imports=0, own=206, others=20)
    assert below.findings == ()
    (text,) = close(below)
    assert "That is 14.2\u00a0% of the busy time under this function." in text
    for clear in (
        of_layers(pool=20, imports=0, own=220, others=20),
        of_layers(pool=200, imports=0, own=100, others=20),
    ):
        assert close(clear) == []


def test_a_comparison_of_two_runs_says_which_findings_chance_may_have_made() -> None:
    above, below = (layered(pool=pool, imports=0, own=242 - pool, others=20) for pool in (42, 34))
    changes = program_changes(above, below)
    assert len(changes.gone) == 1
    said = [text for text in changes.cautions if "may be chance" in text]
    assert any(text.startswith("In the run before: ") for text in said)
    assert any(text.startswith("In the run after: ") for text in said)
    clear = layered(pool=200, imports=0, own=100, others=20)
    assert not any(text.startswith("In the run") for text in program_changes(clear, clear).cautions)


@pytest.mark.parametrize(
    ("importer", "remedy", "code_"),
    [
        (IN_VAIN, "Install the package that httpcore looks for in vain, sniffio.", "pip install sniffio"),
        (code("plugins", "find"), "Import once, at the top of the file, not in each call of `plugins.find`.", ""),
    ],
)
def test_the_remedy_of_an_import_is_that_of_the_function_that_imports(
    importer: CodeLocation, remedy: str, code_: str
) -> None:
    (finding,) = of_layers(pool=0, imports=50, own=50, others=100, importer=importer).findings
    assert (
        finding.title == "A repeated import, under `asks` (app.py:7), takes 24.9\u00a0% of the event loop's busy time"
    )
    assert finding.remedy.startswith(remedy)
    assert finding.code == code_


@pytest.mark.parametrize(("length", "own_ms", "found"), [(60, 60, True), (60, 20, True), (60, 4, False)])
def test_who_computes_a_little_in_a_step_that_another_one_made_long_is_not_to_be_moved(
    length: int, own_ms: int, found: bool
) -> None:
    steps, samples, at = [(0, 0)], [(BEGUN + MS // 2, 0, 1)], 1
    for _ in range(8):
        steps += [(at, -1), (at + length, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, 2 * MS, 0 if each <= own_ms else 1) for each in range(2, length + 1, 2)]
        at += length + 5
    result = result_of(steps, samples, at, computed_ns=1, queued_ns=None, stacks=[[PARSES], [OTHER]])
    titles = [each.title for each in result.findings if each.id == "work-should-leave-the-loop"]
    assert any("parses" in title for title in titles) is found


@pytest.mark.parametrize(("queued", "lasts", "said"), [(0.9, 1, True), (0.4, 1, False), (0.9, 20, False)])
def test_a_loop_whose_thread_gets_no_core_is_told(queued: float, lasts: int, said: bool) -> None:
    """Of 100 ms that it computed; a request is under way for ``lasts`` times 500 ms."""
    end = 500 * lasts
    steps, samples = [(0, -1), (200, int(StepOwner.WAIT))], [(BEGUN + at * MS, MS, 0) for at in (100, 200)]
    result = result_of(steps, samples, end, computed_ns=100 * MS, queued_ns=int(100 * MS * queued), asked_ms=end)
    assert [notice.id for notice in result.notices if notice.id == "busy-machine"] == (["busy-machine"] if said else [])


@pytest.mark.parametrize(("still_share", "blocks"), [(0.0, False), (0.3, True)])
def test_no_row_stands_still_for_longer_than_clocks_say_that_the_loop_did(still_share: float, blocks: bool) -> None:
    """A row whose samples had no CPU by chance waited for a core, where the whole loop computed or waited for one."""
    steps, samples, at = [(0, 0)], [(BEGUN + MS // 2, 0, 1)], 1
    for number in range(200):
        steps += [(at, -1), (at + 10, int(StepOwner.WAIT))]
        unlucky = number % 3 == 0
        samples.append((BEGUN + (at + 9) * MS, 0 if unlucky else 2 * MS, int(not unlucky)))
        at += 12
    held_ns, computed_ns = 200 * 10 * MS, 133 * 2 * MS
    queued_ns = int(held_ns * (1 - still_share)) - computed_ns
    stacks = [[PARSES], [OTHER]]
    result = result_of(steps, samples, at, computed_ns=computed_ns, queued_ns=queued_ns, stacks=stacks)
    loose = sum(row.held_s.value - (row.cpu_s or 0.0) - row.queued_s for row in result.holders)
    assert loose == pytest.approx(held_ns * still_share / 1e9, abs=0.02)
    assert ("blocking-call" in {each.id for each in result.findings}) is blocks


def test_what_the_collector_computes_is_no_wait_for_a_core() -> None:
    """Samples have 3 ms of each step of 10, the thread's clock 6: the rest was garbage, which is in no sample."""
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(200):
        steps += [(at, -1), (at + 10, int(StepOwner.WAIT))]
        samples.append((BEGUN + (at + 9) * MS, 3 * MS, 0))
        at += 12
    found = result_of(steps, samples, at, computed_ns=200 * 6 * MS, queued_ns=200 * 3 * MS)
    queued_s, cpu_s = (sum(getattr(row, name) for row in found.holders) for name in ("queued_s", "cpu_s"))
    assert queued_s == pytest.approx(0.6, rel=0.02)
    assert cpu_s > 200 * 3 / 1e3


def test_waiting_for_a_core_after_a_select_does_not_hide_what_stands_still() -> None:
    """Who wakes up on a busy machine waits for a core too, and the kernel counts that with the waiting inside of steps."""
    steps, samples, at = [(0, 0)], [(BEGUN + MS // 2, 0, 1)], 1
    for _ in range(30):
        steps += [(at, -1), (at + 60, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, 1000, 0) for each in range(1, 60, 2)]
        at += 65
        for _ in range(10):
            steps += [(at, -1), (at + 10, int(StepOwner.WAIT))]
            samples += [(BEGUN + (at + each) * MS, weight, 1) for each, weight in ((3, 0), (9, 2 * MS))]
            at += 20
    still_ms, computed_ms, in_steps_ms, after_selects_ms = 30 * 60, 300 * 2, 300 * 8, 30 * 10 * 5
    found = result_of(
        steps, samples, at, computed_ns=computed_ms * MS, queued_ns=(in_steps_ms + after_selects_ms) * MS,
        stacks=[[PARSES], [OTHER]],
    )  # fmt: skip
    (finding,) = (each for each in found.findings if each.id == "blocking-call")
    assert finding.culprits[0].function == PARSES.function
    held = next(row for row in found.holders if row.function == PARSES.function)
    assert held.held_s.value - (held.cpu_s or 0.0) - held.queued_s == pytest.approx(still_ms / 1e3, rel=0.05)


@pytest.mark.parametrize(
    ("loop", "let_run", "advice", "code"),
    [
        ("asyncio", 0.0, "asyncio.sleep, asyncio.Lock", "await asyncio.to_thread(the_call, ...)"),
        ("uvloop", 0.0, "asyncio.sleep, asyncio.Lock", "await asyncio.to_thread(the_call, ...)"),
        ("trio", 0.0, "trio.sleep, trio.Lock", "await trio.to_thread.run_sync(the_call, ...)"),
        ("asyncio", 1.0, "process pool", "await loop.run_in_executor(process_pool, the_work, ...)"),
        ("trio", 1.0, "process pool", "await anyio.to_process.run_sync(the_work, ...)"),
    ],
)
def test_advice_is_for_the_loop_that_the_program_runs_on(loop: str, let_run: float, advice: str, code: str) -> None:
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(5):
        steps += [(at, -1), (at + 60, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, int(2 * MS * let_run), 0) for each in range(1, 60, 2)]
        at += 65
    recording = recorded(steps, samples, at, computed_ns=int(300 * MS * let_run), queued_ns=0)
    (run,) = recording.runs
    facts = replace(run.facts, loop=loop)
    result = program_result(replace(recording, runs=(replace(run, facts=facts),)))
    (finding,) = result.findings
    assert advice in finding.remedy
    assert finding.code == code
