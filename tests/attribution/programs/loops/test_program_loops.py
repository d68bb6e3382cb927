"""How busy a program's loop is: neither a select that waits nor one that only asks is work."""

from clientprof.attribution.programs.lane import lanes_of
from clientprof.attribution.programs.loops.loop_results import loop_results
from clientprof.attribution.programs.loops.time_in_flight import time_in_flight
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.run import RoundKind, StepOwner
from recordings import columns, recording_of, rounds, run_of


def test_both_kinds_of_select_are_idle_time() -> None:
    # 10 ms of a callback, 60 ms of a select that waits, 10 ms of one that only asks, 20 ms of the loop's own.
    owners = (StepOwner.NOBODY, StepOwner.WAIT, StepOwner.SELECT, StepOwner.LOOP, StepOwner.LOOP)
    starts = (0, 10, 70, 80, 100)
    rows = [(1_000_000 * at, 0, int(owner), -1) for at, owner in zip(starts, owners, strict=True)]
    run = run_of(
        columns("step", ("started_ns", "enqueued_ns", "owner", "route"), rows),
        rounds((RoundKind.MEASURED, 0, 0, 0, 100_000_000)),
        lens="program", loop="asyncio", program=LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=False),
    )  # fmt: skip
    (lane,) = lanes_of(recording_of(run))
    facts = ProgramFacts(("app.py",), 0, 0, 100_000_000, "exit", ())
    (found,) = loop_results(facts, (lane,), time_in_flight(facts, (lane,)))
    assert (found.busy_share, found.longest_ms) == (0.3, 20.0)
    steps = lane.steps
    assert steps is not None
    assert steps.idle_until(lane.integers("step.started_ns")).tolist() == [0.0, 0.0, 60e6, 70e6, 70e6]
