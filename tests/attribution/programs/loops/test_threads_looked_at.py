"""What looks from outside say: in a loop the rest of a step is its last look's; where threads are between their calls."""

from array import array

import pytest

from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.attribution.programs.loops.thread_times import thread_times, thread_use
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import ProgramPhase, ThreadUse
from clientprof.model.run import RoundKind, Run, StepOwner
from clientprof.model.samples import CodeLocation
from recordings import boundary, code, columns, recording_of, rounds, run_of, sampled

MS = 1_000_000
BEGUN = 5_000 * MS
FACTS = ProgramFacts(("app.py",), 0, BEGUN, BEGUN + 1000 * MS, "exit", ())
PARSES = code("app", "parses", origin="app", line=3)
NAPS = code("app", "naps", origin="app", line=9)
WAITS = code("app", "waits", origin="app", line=15)
SEND = code("client.io", "send")
CONDITION = CodeLocation("threading", "Condition.wait", "threading.py", 1, "stdlib")


def loop(*, main: bool) -> Lane:
    """Two steps, of 40 ms that parse and 2 ms that send; looks at 10, 25 and, as the lock is let go of, at 41 ms."""
    codes, found = sampled(
        [[PARSES], [SEND]], [(BEGUN + at * MS, 12 * MS, stack) for at, stack in ((10, 0), (25, 0), (41, 1))]
    )
    steps = [(0, -1), (40, 0), (42, StepOwner.WAIT), (100, StepOwner.LOOP)]
    run = run_of(
        columns("step", ("started_ns", "enqueued_ns", "owner"), [(BEGUN + at * MS, 0, int(owner)) for at, owner in steps]),
        rounds((RoundKind.MEASURED, 0, 0, BEGUN, BEGUN + 100 * MS)), found,
        lens="program", loop="asyncio", codes=codes, boundaries=(boundary(PARSES, Layer.APP), boundary(SEND, Layer.IO)),
        program=LaneFacts(0, LaneKind.LOOP, "a thread", main=main, sampled=True),
    )  # fmt: skip
    (lane,) = lanes_of(recording_of(run))
    return lane


@pytest.mark.parametrize(("main", "parses_ms", "sends_ms"), [(False, 30, 1), (True, 40, 0)])
def test_a_long_step_belongs_to_its_own_looks_and_the_rest_of_a_short_one_where_looks_come_late(
    main: bool, parses_ms: float, sends_ms: float
) -> None:
    held = {row.function: row for row in loop_holders(FACTS, [loop(main=main)])}
    assert held["parses"].held_s.value == pytest.approx(parses_ms / 1e3, abs=1e-5)
    assert held["client.io.send"].held_s.value == pytest.approx(sends_ms / 1e3, abs=1e-5)
    assert (held["parses"].samples, held["parses"].steps, held["client.io.send"].samples) == (2, 1, 1)


def threads(
    *rows: tuple[int, int, int, int, int], stacks: list[list[CodeLocation]], opened: tuple[int, int] | None = None
) -> Run:
    """Rows are wall and CPU in milliseconds, stack, exchange and thread; a thread's follow one another.
    ``opened`` is from when to when thread 0 has a response in its hands, milliseconds."""
    codes, found = sampled(stacks, [])
    dwell, at = [], dict.fromkeys(range(9), BEGUN)
    for wall, cpu, stack, exchange, thread in rows:
        at[thread] += wall * MS
        dwell.append((at[thread], wall * MS, cpu * MS, stack, exchange, thread))
    names = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")
    found["frame.line"] = array("q", [number + 40 for number in range(len(found["frame.line"]))])
    times = ("started_ns", "ended_ns", "returned_ns", "streamed", "thread")
    held = [] if opened is None else [(BEGUN, BEGUN + opened[1] * MS, BEGUN + opened[0] * MS, 1, 0)]
    return run_of(
        columns("dwell", names, dwell), columns("exchange", times, held), found,
        rounds((RoundKind.MEASURED, 0, len(held), BEGUN, BEGUN + 1000 * MS)),
        lens="program", loop="threads", codes=codes, module_layers={"client": "io", "threading": "concurrency"},
        boundaries=tuple(boundary(each, Layer.APP) for each in codes if each.origin == "app"),
        program=LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=True),
    )  # fmt: skip


def use_of(run: Run, *, in_calls_ms: float = 0.0) -> ThreadUse:
    """What the threads do, where one request computes for so long by its own count."""
    phase = ProgramPhase(str(Phase.PREPARE), 1e3 * in_calls_ms, 1e3 * in_calls_ms, 0.0, 0.0)
    use = thread_use(lanes_of(recording_of(run)), (phase,), 1)
    assert use is not None
    return use


def test_time_between_calls_is_told_by_function_line_and_what_it_stands_still_in() -> None:
    run = threads(
        (30, 0, 0, -1, 0), (20, 5, 0, -1, 1), (10, 10, 1, -1, 0), (15, 0, 2, -1, 0),
        stacks=[[PARSES, NAPS], [PARSES], [WAITS, CONDITION]],
    )  # fmt: skip
    rows = thread_times(lanes_of(recording_of(run)))
    assert [(row.function, row.line, round(row.wall_s.value, 6), row.cpu_s, row.threads, row.inside) for row in rows] == [
        ("naps", 9, 0.05, 0.005, 2, None), ("waits", 15, 0.015, 0.0, 1, "threading.Condition.wait"),
        ("parses", 3, 0.01, 0.01, 1, None),
    ]  # fmt: skip
    assert [row.at_line for row in rows] == [40, 44, 42]  # frames are written from the innermost on
    assert sum(row.share for row in rows) == pytest.approx(1)


def test_calls_of_clients_their_bodies_and_workers_without_a_task_are_left_out() -> None:
    run = threads(
        (30, 0, 0, 7, 0), (20, 0, 1, -1, 0), (10, 0, 2, -1, 0), (40, 0, 0, -1, 0),
        stacks=[[NAPS], [NAPS, SEND], [CONDITION]], opened=(30, 50),
    )  # fmt: skip
    (row,) = thread_times(lanes_of(recording_of(run)))
    assert (row.function, row.wall_s.value, row.share) == ("naps", 0.04, pytest.approx(0.4))


def test_what_a_client_does_with_a_body_that_is_here_is_the_programs() -> None:
    """``response.json()``, or a client that is built."""
    (row,) = thread_times(lanes_of(recording_of(threads((20, 20, 0, -1, 0), stacks=[[PARSES, SEND]]))))
    assert (row.function, row.wall_s.value, row.inside) == ("parses", 0.02, "client.io.send")


def test_the_innermost_function_that_has_half_of_the_time_is_named_below() -> None:
    deep, other = code("parser", "feed"), [code("parser", f"part{number}") for number in range(3)]
    run = threads(
        *((10, 10, number, -1, 0) for number in range(3)), stacks=[[PARSES, deep, each] for each in other]
    )  # fmt: skip
    assert thread_times(lanes_of(recording_of(run)))[0].inside == "parser.feed"
    run = threads((10, 10, 0, -1, 0), (30, 0, 1, -1, 0), stacks=[[PARSES, deep], [PARSES]])
    assert thread_times(lanes_of(recording_of(run)))[0].inside is None


def test_an_open_response_is_no_time_outside_of_requests_and_what_is_computed_in_it_counts() -> None:
    run = threads(
        (30, 3, 0, 7, 0),
        (50, 45, 1, -1, 0),
        (20, 4, 2, -1, 0),
        stacks=[[NAPS], [NAPS, SEND], [PARSES]],
        opened=(30, 80),
    )
    use = use_of(run)
    assert [(row.function, row.wall_s.value) for row in use.between] == [("parses", 0.02)]
    assert [(row.function, row.cpu_s) for row in use.beside] == [("naps", 0.045), ("parses", 0.004)]
    assert [(row.function, row.cpu_s) for row in use.computing] == [("naps", pytest.approx(0.048)), ("parses", 0.004)]
    assert use.computing_share == pytest.approx(0.52)


def test_what_calls_computed_by_their_own_count_is_not_taken_from_what_is_between_them() -> None:
    """With many threads, much of what they computed between two calls is seen only in the next one."""
    run = threads((50, 60, 0, 7, 0), (50, 40, 1, -1, 0), stacks=[[NAPS], [PARSES]])
    use = use_of(run, in_calls_ms=10)
    phase = ProgramPhase(str(Phase.PREPARE), 1e4, 1e4, 0.0, 0.0)
    assert thread_times(lanes_of(recording_of(run)), (phase,), 1)[0].cpu_s == pytest.approx(0.09)
    assert [(row.function, row.cpu_s) for row in use.computing] == [("parses", pytest.approx(0.09)), ("naps", 0.01)]


def test_threads_that_do_something_together_are_busy_once_and_idle_workers_are_not() -> None:
    run = threads(
        (40, 40, 0, -1, 0), (20, 10, 0, -1, 1), (30, 0, 1, -1, 1), (50, 0, 1, -1, 0), stacks=[[PARSES], [CONDITION]]
    )
    use = use_of(run)
    assert (use.busy_s, use.worked_s, use.threads) == (pytest.approx(0.04), pytest.approx(0.06), 2)
    assert use.between[0].share == pytest.approx(1)
