"""When threads that make requests are told of their work, and of taking turns."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from clientprof.attribution.programs.lane import lanes_of
from clientprof.attribution.programs.program_result import program_result
from clientprof.attribution.programs.rules.evidence import Evidence
from clientprof.attribution.programs.rules.threads import takes_turns, works_beside_requests, works_between_requests
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding
from clientprof.model.phases import Mark
from clientprof.model.programs.threads import ThreadTime, ThreadUse, WorkBetween
from programs_by_hand import THREADS, Made, Program
from recordings import columns, recording_of, run_of


def row(wall_s: float, cpu_s: float, share: float, inside: str | None = None, looks: int = 99) -> ThreadTime:
    return ThreadTime("app.py", 4, "asks", 5, Estimate(wall_s, None, None, "s", looks), cpu_s, share, 4, inside)


def use_of(between: ThreadTime | None, beside: ThreadTime | None, cpu_s: float = 3.0, threads: int = 1) -> ThreadUse:
    rows = () if beside is None else (beside,)
    return ThreadUse(
        10.0, cpu_s, 10.0 * threads, threads, 1, () if between is None else (between,), rows, rows, requests=100
    )


def evidence(use: ThreadUse, **more: object) -> Evidence:
    found = {
        "threads": use, "requests": 100, "facts": SimpleNamespace(sites=()), "lanes": (),
        "noticed_s": lambda share: 10.0 * share,
    }  # fmt: skip
    return cast(Evidence, SimpleNamespace(**(found | more)))


def test_work_outside_of_requests_is_told_with_its_time_and_its_cpu() -> None:
    (finding,) = works_beside_requests(evidence(use_of(row(7.0, 3.0, 0.7), row(7.0, 3.0, 0.7))))
    assert finding.title.startswith(
        "`asks` (app.py:5) takes 70.0\u00a0% of the time of threads that make requests, outside of requests"
    )
    assert (finding.cost_us_per_request, finding.off_cpu_us_per_request) == (30_000.0, 40_000.0)
    assert "interpreter" not in finding.claim


@pytest.mark.parametrize(
    ("between", "beside", "more"),
    [
        (row(9.0, 0.3, 0.9), row(9.0, 0.3, 0.9), {}),  # it pauses
        (row(2.0, 2.0, 0.2), row(2.0, 2.0, 0.2), {}),
        (row(7.0, 3.0, 0.7, looks=4), row(7.0, 3.0, 0.7, looks=4), {}),
        (row(7.0, 3.0, 0.7), row(7.0, 3.0, 0.7), {"requests": 12}),
        (None, row(6.0, 4.0, 0.6), {}),  # in an open response, while there is time to spare
    ],
)
def test_pauses_small_parts_and_work_that_leaves_time_to_spare_are_not_told(
    between: ThreadTime | None, beside: ThreadTime, more: dict[str, object]
) -> None:
    assert not list(works_beside_requests(evidence(use_of(between, beside), **more)))


def test_what_computes_all_the_time_holds_the_interpreter_of_all_threads() -> None:
    parses = row(40.0, 7.5, 0.2)
    (finding,) = works_beside_requests(evidence(use_of(parses, parses, cpu_s=9.0, threads=16)))
    assert "`asks` (app.py:5) computes for 75.0\u00a0% of the time" in finding.title
    assert "The threads share one interpreter" in finding.claim
    assert finding.cost_us_per_request == 75_000.0


def test_many_threads_that_compute_for_much_of_the_time_each_for_little_of_its_own_are_told() -> None:
    """In line for the interpreter, on a machine that others use too; or beside waits for a database."""
    handles = row(110.0, 4.5, 0.7)
    (finding,) = works_beside_requests(evidence(use_of(handles, handles, cpu_s=6.0, threads=16)))
    assert finding.claim == "It takes 1,100.0 ms per request, and computes for 45.0 ms of that."


@pytest.mark.parametrize("gil", [True, False])
def test_threads_share_an_interpreter_where_it_has_a_lock(gil: bool) -> None:
    parses = row(40.0, 7.5, 0.2)
    use = replace(use_of(parses, parses, cpu_s=9.0, threads=16), gil=gil, worked_s=10.0)
    (finding,) = works_beside_requests(evidence(use))
    assert ("The threads share one interpreter" in finding.claim) is gil


def test_of_a_recording_that_was_thinned_costs_are_of_the_requests_that_were_kept() -> None:
    works = row(7.0, 3.0, 0.7)
    (finding,) = works_beside_requests(evidence(replace(use_of(works, works), requests=50), requests=1_000))
    assert (finding.cost_us_per_request, finding.off_cpu_us_per_request) == (60_000.0, 80_000.0)
    small = row(0.4, 0.3, 0.7)
    assert list(works_beside_requests(evidence(replace(use_of(small, small), requests=50), requests=1_000)))


@pytest.mark.parametrize(
    ("asks", "body_bytes", "lasted_ms", "told"),
    [
        (90_000, 90_000, 99_000, True),
        (90_000, -1, 900, True),
        (90_000, -1, 99_000, False),
        (1_000, 100_000, 1, False),
        (900, 900, 9, False),
    ],
)
def test_a_body_cut_into_very_many_small_pieces_is_read_in_larger_ones(
    asks: int, body_bytes: int, lasted_ms: int, told: bool
) -> None:
    """Events of a stream are pieces as they are."""
    times = (1, 1 + 1_000_000 * lasted_ms)
    made = columns(
        "exchange", ("started_ns", "ended_ns", "site", "asks", "body_bytes"), [(*times, 0, asks, body_bytes)]
    )
    lanes = lanes_of(recording_of(run_of(made, lens="program", program=THREADS)))
    reads, facts = row(9.5, 9.4, 0.95), SimpleNamespace(sites=(SimpleNamespace(file="app.py", function="asks"),))
    (finding,) = works_beside_requests(evidence(use_of(None, reads, cpu_s=9.5), facts=facts, lanes=lanes))
    assert finding.remedy.startswith("Ask for larger pieces") is told
    assert ("it asks 90,000 times for a piece of each body" in finding.evidence) is told


def turns(calls: list[tuple[int, int]], waits: ThreadTime, threads: int = 4) -> list[Finding]:
    """What is told of calls from and until, in milliseconds, of threads that are where ``waits`` says."""
    marks = [
        [(Mark.POOL_ENQUEUE, at), (Mark.POOL_ACQUIRED, at), (Mark.HEADERS, until), (Mark.DONE, until)]
        for at, until in calls
    ]
    made = [Made(at, until, each) for (at, until), each in zip(calls, marks, strict=True)]
    recording = Program(made, end=calls[-1][1] + 1).recording()
    sites = program_result(recording).call_sites
    use = replace(use_of(waits, waits, threads=threads), requests=len(calls))
    return list(takes_turns(evidence(use, call_sites=sites, lanes=lanes_of(recording), requests=len(calls))))


ONE_BY_ONE = [(at, at + 30) for at in range(1, 2_000, 31)]


def test_threads_that_stand_still_until_another_one_has_made_its_request_take_turns() -> None:
    (finding,) = turns(ONE_BY_ONE, row(36.0, 0.1, 0.9))
    assert finding.title == "4 threads make requests one after the other, and wait at `asks` (app.py:5)"
    assert finding.off_cpu_us_per_request == pytest.approx(36e6 / len(ONE_BY_ONE))


@pytest.mark.parametrize(
    ("calls", "waits", "threads"),
    [
        ([(at, at + 32) for at in range(1, 2_000, 31)], row(36.0, 0.1, 0.9), 4),  # two are under way together
        ([(at, at + 15) for at in range(1, 2_000, 31)], row(36.0, 0.1, 0.9), 4),  # nobody is waited for
        (ONE_BY_ONE, row(36.0, 0.1, 0.9, "threading.Condition.wait"), 4),  # for its next task
        (ONE_BY_ONE, row(36.0, 30.0, 0.9), 4),
        (ONE_BY_ONE, row(36.0, 0.1, 0.9), 1),
    ],
)
def test_pauses_work_tasks_and_single_threads_are_no_turns(
    calls: list[tuple[int, int]], waits: ThreadTime, threads: int
) -> None:
    assert not turns(calls, waits, threads)


def test_work_with_no_request_under_way_is_told_with_its_cpu() -> None:
    work = WorkBetween("app.py", 4, "sums_up", 6, cpu_s=4.0, share=0.6, looks=99, inside="loads")
    (finding,) = works_between_requests(evidence(use_of(None, None), between=(work,)))
    assert finding.title.startswith("`sums_up` (app.py:6) computes for 60.0\u00a0% of the time")
    assert finding.cost_us_per_request == 40_000.0
    assert "most of it in `loads`, in a thread that makes none" in finding.claim
    for small in (replace(work, share=0.2), replace(work, looks=5), replace(work, cpu_s=0.5)):
        assert not list(works_between_requests(evidence(use_of(None, None), between=(small,))))
