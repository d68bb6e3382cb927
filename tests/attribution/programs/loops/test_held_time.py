"""Who held a loop, by the samples of its timer: a call that only its end interrupts has its own time, and no other's."""

from collections.abc import Sequence

import pytest

from clientprof.attribution.programs.lane import lanes_of
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.run import RoundKind, StepOwner
from recordings import boundary, code, columns, recording_of, rounds, run_of, sampled

MS = 1_000_000
BEGUN = 5_000 * MS
CYCLE, CYCLES = 100, 40
WORKS = code("app", "works", origin="app", line=3)
LOCKS = code("app", "locks", origin="app", line=9)


def held_s(steps: Sequence[tuple[float, int]], samples: Sequence[tuple[int, float, int]]) -> dict[str, float]:
    """``steps`` of a cycle begin at (ms, owner); ``samples`` are (in every how many cycles, ms, number of the stack)."""
    rows, looks = [], []
    for cycle in range(CYCLES):
        began = BEGUN + cycle * CYCLE * MS
        rows += [(began + int(at * MS), 0, owner) for at, owner in steps]
        looks += [(began + int(at * MS), MS, stack) for every, at, stack in samples if cycle % every == 0]
    ended = BEGUN + CYCLES * CYCLE * MS
    codes, found = sampled([[WORKS], [LOCKS]], looks)
    run = run_of(
        columns("step", ("started_ns", "enqueued_ns", "owner"), [*rows, (ended, 0, int(StepOwner.LOOP))]),
        rounds((RoundKind.MEASURED, 0, 0, BEGUN, ended)), found,
        lens="program", loop="asyncio", codes=codes, boundaries=(boundary(WORKS, Layer.APP), boundary(LOCKS, Layer.APP)),
        program=LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=True),
    )  # fmt: skip
    facts = ProgramFacts(("app.py",), 0, BEGUN, ended, "exit", ())
    return {row.function: row.held_s.value for row in loop_holders(facts, lanes_of(recording_of(run)))}


def test_a_long_call_with_one_sample_at_its_end_has_its_own_step_and_short_work_all_the_rest() -> None:
    # Five steps of 1 ms, a lock of 30 ms. One cycle in two has a sample in the short work, as a timer of 10 ms gives.
    short = [(float(at), -1) for at in range(5)]
    told = held_s([*short, (5, -1), (35, int(StepOwner.WAIT))], [(2, 2.5, 0), (1, 34.9, 1)])
    assert told["locks"] == pytest.approx(30e-3 * CYCLES, rel=0.001)
    assert told["works"] == pytest.approx(5e-3 * CYCLES, rel=0.1)


def test_long_steps_alone_and_short_steps_alone_are_told_too() -> None:
    assert held_s([(0, -1), (30, int(StepOwner.WAIT))], [(1, 10, 0), (1, 29, 1)]) == {
        "works": pytest.approx(10e-3 * CYCLES), "locks": pytest.approx(20e-3 * CYCLES),
    }  # fmt: skip
    told = held_s([(0, -1), (5, int(StepOwner.WAIT))], [(2, 2.5, 0)])
    assert told == {"works": pytest.approx(5e-3 * CYCLES, rel=0.1)}
