"""Steps that give no times run two at a time, each with a server of its own; whatever stops one stops the other."""

import threading
from dataclasses import dataclass, field

import pytest

from clientprof.experiments.environment_rows import usable_cores
from clientprof.experiments.traces.side_by_side import run_side_by_side, shared_out
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import _lanes, run_trace
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import Event

LONG_S = 30.0
two_cores = pytest.mark.skipif(len(usable_cores()) < 2, reason="one core has one lane")


@dataclass
class Place:
    """Somewhere that waits until it is stopped."""

    stopped: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        self.stopped.set()

    def wait(self) -> None:
        assert self.stopped.wait(LONG_S), "it was not stopped"


def fail(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=("error", "interrupt"))
def test_what_one_raises_stops_the_other_and_reaches_the_caller(failing: int, error: BaseException) -> None:
    places = [Place(), Place()]
    work = [(place, place.wait) for place in places]
    work[failing] = (places[failing], lambda: fail(error))
    with pytest.raises(type(error)):
        run_side_by_side(work)
    assert places[1 - failing].stopped.is_set()


def test_both_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=LONG_S)
    run_side_by_side([(Place(), lambda: meeting.wait() and None), (Place(), lambda: meeting.wait() and None)])


@pytest.mark.parametrize(
    ("costs", "parts"),
    [((8, 2, 3, 1), [[0], [2, 1, 3]]), ((1, 1), [[0], [1]]), ((5,), [[0], []]), ((2, 8, 1, 3), [[1], [3, 0, 2]])],
)
def test_the_longest_goes_first_and_the_rest_where_there_is_least(
    costs: tuple[int, ...], parts: list[list[int]]
) -> None:
    assert shared_out(range(len(costs)), costs.__getitem__, 2) == parts


@two_cores
@pytest.mark.parametrize(
    ("plan", "lanes"),
    [
        (TracePlan("httpx", "aiohttp", Scenario()), 2),
        (TracePlan("httpx", None, Scenario(), lenses=("control", "ledger", "count")), 1),
        (TracePlan("httpx", "aiohttp", Scenario(), url="http://127.0.0.1:1/"), 1),
        (TracePlan("httpx", "aiohttp", Scenario(rtt_ms=5.0)), 1),
    ],
)
def test_a_second_server_is_there_only_for_several_steps_against_our_own_on_no_link(
    plan: TracePlan, lanes: int
) -> None:
    assert len(_lanes(plan)) == lanes


@two_cores
def test_counts_beside_one_another_are_those_of_each_alone_and_the_runs_are_in_the_order_of_the_plan() -> None:
    under_way: set[str] = set()
    most: list[set[str]] = []

    def watch(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        if step.lens != "count":
            return
        if event is None:
            under_way.add(step.client)
        elif event["event"] == "end":
            most.append(set(under_way))
            under_way.discard(step.client)

    plan = TracePlan(
        "httpx", "aiohttp", Scenario(concurrency=32), ("control", "count"), rounds=1, blocks=1, floor=False
    )
    recording = run_trace(plan, watch).recording
    assert recording is not None
    counted = [run for run in recording.runs if run.facts.lens == "count"]
    assert [run.facts.client for run in counted] == ["httpx", "aiohttp"]
    assert {"httpx", "aiohttp"} in most
    for run in counted:
        # By its own server's log: of both together it would be twice as many.
        assert run.facts.origin is not None
        assert run.facts.origin.requests == 32
        assert sum(run.column("round.count")) == 32


@two_cores
def test_a_trace_interrupted_while_two_lanes_measure_ends_both_and_keeps_what_was_measured() -> None:
    def watch(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        if step.lens == "count" and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    plan = TracePlan("httpx", "aiohttp", Scenario(concurrency=4), ("control", "count"), rounds=1, blocks=1, floor=False)
    outcome = run_trace(plan, watch)
    assert outcome.interrupted
    assert outcome.failure is None
    assert outcome.recording is not None
    assert not outcome.recording.manifest.complete
    assert not any(notice[0] == "lens-failed" for notice in outcome.recording.manifest.notices)
