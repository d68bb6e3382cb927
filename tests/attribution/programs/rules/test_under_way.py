"""Which requests count as batches, and which as one after the other."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import CallSite, ClientName
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import HTTPX, SITE, Made, Program

TOLD = "batches-wait-for-slowest"
BLOCKING = ClientName("requests", "1", blocking=True)
# Milliseconds that the answers of one batch take.
UNEQUAL = (10, 10, 10, 10, 10, 10, 10, 100)


def result_of(
    calls: Sequence[tuple[int, int]],
    idle: bool = True,
    unseen: int = 0,
    sites: Sequence[int] = (),
    lines: Sequence[CallSite] = (SITE,),
    client: ClientName = HTTPX,
) -> ProgramResult:
    """Calls from and until, which wait for the server; the loop is idle meanwhile, or busy. Of ``unseen`` more nobody knows
    when they were made. ``sites`` are the places of theirs among ``lines``."""
    end = max(until for _, until in calls)
    made = [
        Made(
            at,
            until,
            [(Mark.POOL_ENQUEUE, at), (Mark.POOL_ACQUIRED, at), (Mark.HEADERS, until), (Mark.DONE, until)],
            site=sites[number] if sites else 0,
        )
        for number, (at, until) in enumerate(calls)
    ]
    writes = [(number, each.started) for number, each in enumerate(made)]
    steps = [(0, -1), (1, int(StepOwner.WAIT) if idle else -1), (end, -1)]
    program = Program(made, steps=steps, writes=writes, end=end, sites=tuple(lines), client=client)
    recording = program.recording()
    (run,) = recording.runs
    columns = {name: run.column(name) for name in run.columns}
    columns["slice.ended"][0] += unseen
    return program_result(replace(recording, runs=(replace(run, columns=columns),)))


def batches(count: int, lengths: Sequence[int] = UNEQUAL, pause: int = 1) -> list[tuple[int, int]]:
    calls, at = [], 1
    for _ in range(count):
        calls += [(at, at + length) for length in lengths]
        at += max(lengths) + pause
    return calls


def told(result: ProgramResult) -> bool:
    return TOLD in [finding.id for finding in result.findings]


def test_a_batch_that_waits_for_one_request_is_told_with_its_figures() -> None:
    result = result_of(batches(20))
    (finding,) = [each for each in result.findings if each.id == TOLD]
    # Of 100 ms, 90 are the last one's; 170 ms of work among eight are 21 ms.
    assert "For 90.0\N{NO-BREAK SPACE}% of the time of a batch" in finding.claim
    assert "about 425 ms instead of 2.0 s" in finding.claim
    assert "20 batches, most requests in one of 8;" in finding.evidence[0]
    assert "asyncio.Semaphore(8)" in finding.code


@pytest.mark.parametrize(
    "calls",
    [
        batches(20, (90, 92, 94, 96, 98, 100, 100, 100)),
        batches(20, pause=200),
        batches(20, (10, 10, 100)),
        batches(4),
        # Two of six are a third of them.
        batches(20, (10, 10, 10, 10, 60, 60)),
        # In all, less than a twentieth of a second.
        batches(6, (1, 1, 1, 6)),
        # Always eight under way, whatever each takes.
        [(1 + 20 * number, 1 + 20 * number + 160) for number in range(100)],
    ],
    ids=["equal", "each for a reason of its own", "small", "few", "two last ones", "short", "no batches"],
)
def test_what_waits_for_no_slowest_one_is_not_told(calls: Sequence[tuple[int, int]]) -> None:
    assert not told(result_of(calls))


def test_batches_of_unequal_sizes_are_not_told_to_take_longer() -> None:
    """Two small ones for each large one, in which most requests are."""
    calls, at = [], 1
    for size in [4, 4, 64] * 10:
        calls += [(at, at + 10)] * (size - 1) + [(at, at + 100)]
        at += 101
    (finding,) = [each for each in result_of(calls).findings if each.id == TOLD]
    # (3 * 10 + 100) / 4 twice, and (63 * 10 + 100) / 64, ten times.
    assert "about 764 ms instead of 3.0 s" in finding.claim
    assert "most requests in one of 64;" in finding.evidence[0]
    assert "asyncio.Semaphore(64)" in finding.code


@pytest.mark.parametrize("sites", [(0, 1), (0, 1, 2, 3)])
def test_a_batch_that_is_asked_for_in_several_lines_is_told_once(sites: tuple[int, ...]) -> None:
    lines = [replace(SITE, line=line) for line in (7, 8, 9, 10)]
    result = result_of(batches(20), sites=[sites[number % len(sites)] for number in range(160)], lines=lines)
    assert [finding.id for finding in result.findings].count(TOLD) == 1


def test_an_unknown_line_is_told_nothing_of() -> None:
    assert not told(result_of(batches(20), sites=[-1] * 160))


def test_threads_beside_a_loop_have_the_code_of_threads() -> None:
    (finding,) = [each for each in result_of(batches(20), client=BLOCKING).findings if each.id == TOLD]
    assert "ThreadPoolExecutor(8)" in finding.code


def test_a_busy_loop_would_not_answer_sooner() -> None:
    assert not told(result_of(batches(20), idle=False))


def test_where_not_all_requests_were_seen_nothing_is_said_of_their_order() -> None:
    one_by_one = [(1 + 50 * number, 45 + 50 * number) for number in range(40)]
    assert not told(result_of(batches(20), unseen=1))
    assert "one after the other" not in result_of(one_by_one, unseen=1).answer.sentence


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([(1 + 50 * number, 45 + 50 * number) for number in range(40)], True),
        ([(1 + 50 * number, 11 + 50 * number) for number in range(40)], False),
        ([(1 + 50 * number, 61 + 50 * number) for number in range(40)], False),
        ([(1 + 50 * number, 45 + 50 * number) for number in range(10)], False),
    ],
    ids=["one after the other", "now and then", "two together", "few"],
)
def test_requests_that_follow_each_other_are_said_to(calls: Sequence[tuple[int, int]], said: bool) -> None:
    assert ("Requests are made one after the other" in result_of(calls).answer.sentence) is said
