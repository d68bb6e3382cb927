"""What threads that make no requests compute while none is under way, from looks whose truth is known."""

from array import array

import pytest

from clientprof.attribution.programs.lane import lanes_of
from clientprof.attribution.programs.loops.work_between import work_between
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.threads import WorkBetween
from clientprof.model.run import RoundKind
from recordings import boundary, code, columns, recording_of, rounds, run_of, sampled

MS = 1_000_000
SUMS_UP = code("app", "sums_up", origin="app", line=3)
WRITES = code("app", "writes", origin="app", line=9)
LOADS = code("json.decoder", "decode")
SUMS, LOADING, WRITING, PACKAGE, NOBODY = 0, 1, 2, 3, -1
STACKS = [[SUMS_UP], [SUMS_UP, LOADS], [WRITES], [LOADS]]


def found(*looks: tuple[int, int, int, int]) -> tuple[WorkBetween, ...]:
    """Of looks: milliseconds since the one before, milliseconds of CPU, whether a request was under way, and the stack."""
    codes, rows = sampled(STACKS, [])
    rows["frame.line"] = array("q", [number + 40 for number in range(len(rows["frame.line"]))])
    at, beside = 0, []
    for gap, cpu, asked, stack in looks:
        at += gap * MS
        beside.append((at, gap * MS, cpu * MS, asked, stack))
    run = run_of(
        columns("beside", ("at_ns", "gap_ns", "cpu_ns", "asked", "stack"), beside), rows,
        rounds((RoundKind.MEASURED, 0, 0, 0, max(1, at))),
        lens="program", loop="threads", codes=codes, boundaries=(boundary(SUMS_UP, Layer.APP), boundary(WRITES, Layer.APP)),
        program=LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=True),
    )  # fmt: skip
    return work_between(lanes_of(recording_of(run)))


def test_each_function_has_its_cpu_and_its_part_of_the_time_in_which_anything_is_done() -> None:
    first, second = found(
        (10, 10, 0, SUMS), (10, 10, 0, LOADING), (10, 10, 0, LOADING), (10, 10, 0, WRITING), (60, 0, 1, -1)
    )
    assert (first.function, first.cpu_s, first.share, first.looks, first.inside) == (
        "sums_up", pytest.approx(0.03), pytest.approx(0.3), 3, "json.decoder.decode"
    )  # fmt: skip
    assert (second.function, second.cpu_s, second.share, second.inside) == (
        "writes", pytest.approx(0.01), pytest.approx(0.1), None
    )  # fmt: skip


def test_time_in_which_nobody_does_anything_is_no_part_of_it() -> None:
    (row,) = found((10, 10, 0, SUMS), (500, 0, 0, NOBODY), (10, 0, 1, NOBODY))
    assert row.share == pytest.approx(0.5)


def test_a_thread_that_computes_for_a_moment_is_at_work_for_that_and_one_without_a_core_all_the_time() -> None:
    (row,) = found((100, 1, 0, SUMS), (99, 0, 1, NOBODY))
    assert row.share == pytest.approx(0.01)
    (row,) = found((100, 20, 0, SUMS), (100, 0, 1, NOBODY))
    assert (row.cpu_s, row.share) == (pytest.approx(0.02), pytest.approx(0.5))


def test_work_beside_requests_and_work_of_packages_alone_are_nobodys() -> None:
    assert found((10, 10, 1, SUMS), (10, 10, 0, PACKAGE)) == ()
    assert found() == ()
