"""What looks from outside say: in a loop the rest of a step is its last look's; where threads are between their calls."""

from array import array

import pytest

from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.attribution.programs.loops.thread_times import thread_times
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts
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


def threads(*rows: tuple[int, int, int, int, int], stacks: list[list[CodeLocation]]) -> Run:
    """Rows are wall and CPU in milliseconds, stack, exchange and thread."""
    codes, found = sampled(stacks, [])
    dwell = [(BEGUN, wall * MS, cpu * MS, *rest) for wall, cpu, *rest in rows]
    names = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")
    found["frame.line"] = array("q", [number + 40 for number in range(len(found["frame.line"]))])
    return run_of(
        columns("dwell", names, dwell), found, rounds((RoundKind.MEASURED, 0, 0, BEGUN, BEGUN + 1000 * MS)),
        lens="program", loop="threads", codes=codes, module_layers={"client": "io", "threading": "concurrency"},
        boundaries=tuple(boundary(each, Layer.APP) for each in codes if each.origin == "app"),
        program=LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=True),
    )  # fmt: skip


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
        stacks=[[NAPS], [NAPS, SEND], [CONDITION]],
    )  # fmt: skip
    (row,) = thread_times(lanes_of(recording_of(run)))
    assert (row.function, row.wall_s.value, row.share) == ("naps", 0.04, pytest.approx(0.4))
