"""One round bin by bin: means are exact whatever the bin, nothing is counted twice, and what nobody saw is None."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.ledger.loop_time import LoopTime
from clientprof.attribution.ledger.over_time import BINS, COARSE_BINS, RoundIntervals, group_of, mean_covering
from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.bins import TimeBins
from clientprof.model.phases import Phase
from clientprof.model.run import Run, StepOwner
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_run import play
from recordings import boundary, code, columns, exchanges, run_of, sampled

POOL_CODE, HTTP_CODE = code("x.pool"), code("x.http")
SEND = PHASES.index(Phase.SEND)


def integers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def scripted_ledger(run: Run | None = None) -> Ledger:
    ledger = build_ledger(play(Plan((ExchangePlan(),) * 6))[0] if run is None else run)
    assert ledger is not None
    return ledger


def bins_of(run: Run, *segments: tuple[int, int, int, int]) -> TimeBins:
    """The ten parts of a round of 1000 ns, from segments of owner, phase, start and end."""
    rows = np.array(segments, dtype=np.int64).reshape(-1, 4)
    owner, phase, start, end = rows.T
    return RoundIntervals(run, 0, 1000).over_time((owner, phase, start, end), None, None).coarse


interval = st.tuples(st.integers(-50, 150), st.integers(0, 80)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(interval, max_size=12), st.integers(1, 9))
def test_a_mean_is_the_covered_time_of_the_bin(intervals: Sequence[tuple[int, int]], bins: int) -> None:
    edges = np.arange(bins + 1, dtype=np.int64) * 11
    start, end = (integers(*(pair[n] for pair in intervals)) for n in (0, 1))
    expected = [
        sum(max(0, min(b, until) - max(a, since)) for a, b in intervals) / 11
        for since, until in zip(edges.tolist(), edges.tolist()[1:], strict=False)
    ]
    assert mean_covering(start, end, edges).tolist() == pytest.approx(expected)


def test_busy_and_idle_time_are_the_ledger_s_whatever_the_bins() -> None:
    ledger = scripted_ledger()
    assert ledger.over_time is not None
    assert ledger.loop_idle_us is not None
    # Parts are whole nanoseconds, so not all of them are equally long.
    for bins, count in ((ledger.over_time.fine, BINS), (ledger.over_time.coarse, COARSE_BINS)):
        part_us = ledger.shown.length_us / count
        assert bins.busy is not None
        assert bins.idle is not None
        assert len(bins.in_flight) == count
        for layer, us in ledger.loop_busy_us.items():
            assert sum(bins.busy.get(layer, (0.0,))) * part_us == pytest.approx(6 * us, rel=1e-5, abs=1e-6)
        assert sum(bins.idle) * part_us == pytest.approx(6 * ledger.loop_idle_us, rel=1e-5)
        assert sum(bins.in_flight) * part_us == pytest.approx(6 * ledger.wall_us, rel=1e-5)


def test_requests_at_the_origin_and_in_the_pool_s_queue_are_the_phases_server_and_pool() -> None:
    ledger = scripted_ledger()
    assert ledger.over_time is not None
    bins, part_us = ledger.over_time.fine, ledger.shown.length_us / BINS
    walls = {row.phase: row.wall_us for row in ledger.phases}
    for series, phase in ((bins.at_origin, Phase.SERVER), (bins.pooled, Phase.POOL)):
        assert series is not None
        assert sum(series) * part_us == pytest.approx(6 * walls[phase], rel=1e-5)


def test_ready_callbacks_are_counted_until_they_run() -> None:
    ledger = scripted_ledger()
    assert ledger.over_time is not None
    queue = ledger.over_time.fine.queue
    assert queue is not None
    # Six requests start at once on one loop: five wait while the first one prepares.
    assert queue[0] == pytest.approx(5, abs=1.01)
    assert queue[-1] == 0


def test_layers_divide_busy_time_in_groups_with_enough_samples_and_keep_its_sum() -> None:
    assert [group_of(samples, 180) for samples in (0, 1, 45, 306, 720, 10_000)] == [180, 180, 18, 3, 1, 1]
    ledger = scripted_ledger()
    assert ledger.over_time is not None
    fine, group = ledger.over_time.fine, ledger.over_time.group
    assert group > 1
    assert fine.busy is not None
    assert fine.idle is not None
    for part in range(BINS):
        spent = sum(series[part] for series in fine.busy.values())
        assert spent + fine.idle[part] == pytest.approx(1)
    first = [part for part in range(group) if fine.idle[part] < 1]
    shares = {round(fine.busy[Layer.POOL][part] / (1 - fine.idle[part]), 9) for part in first}
    assert len(shares) == 1


def test_a_connection_with_two_requests_at_once_is_one_active_connection() -> None:
    run = run_of(
        exchanges((0, 1000), (0, 1000)),
        columns("connection", ("opened_ns", "exchange"), [(0, 0), (0, 1)]),
        columns("closing", ("at_ns", "connection"), [(800, 2)]),
        columns("write", ("exchange", "connection"), [(0, 1), (1, 1)]),
    )
    bins = bins_of(run, (0, SEND, 100, 600), (1, SEND, 300, 700))
    assert bins.active == (0, 1, 1, 1, 1, 1, 1, 0, 0, 0)
    assert bins.unused == (2, 1, 1, 1, 1, 1, 1, 2, 1, 1)


def test_connections_that_nothing_saw_close_are_not_said_to_be_idle() -> None:
    parts = (
        exchanges((0, 1000)),
        columns("connection", ("opened_ns", "exchange"), [(0, 0)]),
        columns("write", ("exchange", "connection"), [(0, 1)]),
    )
    bins = bins_of(run_of(*parts), (0, SEND, 0, 500))
    assert bins.active == (1, 1, 1, 1, 1, 0, 0, 0, 0, 0)
    assert bins.unused is None
    assert bins_of(run_of(parts[0], parts[1]), (0, SEND, 0, 500)).active is None


def test_without_steps_stamps_or_marks_there_is_only_what_is_in_flight() -> None:
    bins = bins_of(run_of(exchanges((0, 500), (250, 1000))))
    assert bins.in_flight == (1, 1, 1.5, 2, 2, 1, 1, 1, 1, 1)
    others = (bins.busy, bins.idle, bins.queue, bins.active, bins.unused, bins.pooled, bins.at_origin)
    assert others == (None,) * 7


def test_a_stamp_outside_the_request_is_cut_to_it() -> None:
    bins = bins_of(run_of(exchanges((100, 500, 0, 50, 900))))
    assert bins.at_origin == bins.in_flight == (0, 1, 1, 1, 1, 0, 0, 0, 0, 0)


def test_a_round_shorter_than_its_bins_still_has_some() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    over_time = RoundIntervals(run_of(exchanges((0, 3))), 0, 3).over_time((nothing,) * 4, None, None)
    assert over_time.fine.in_flight == (1, 1, 1)


def test_collections_are_stamped_and_not_spread_over_the_group_of_bins() -> None:
    codes, samples = sampled([[POOL_CODE], [HTTP_CODE]], [(400, 400, 0), (900, 500, 1)])
    steps = columns("step", ("started_ns", "enqueued_ns", "owner"), [(0, 0, 0), (1000, 0, int(StepOwner.LOOP))])
    pauses = columns("gc", ("started_ns", "ended_ns"), [(600, 700)])
    edges = (boundary(POOL_CODE, Layer.POOL), boundary(HTTP_CODE, Layer.HTTP))
    run = run_of(samples, steps, pauses, exchanges((0, 1000)), codes=codes, boundaries=edges)
    nothing = np.zeros(0, dtype=np.int64)
    loop_time = LoopTime.of(run, StackTable(run))
    busy = RoundIntervals(run, 0, 1000).over_time((nothing,) * 4, loop_time, integers(0, 0)).coarse.busy
    assert busy is not None
    assert busy[Layer.GC] == (0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
    assert busy[Layer.POOL] == pytest.approx([0 if part == 6 else 4 / 9 for part in range(10)])
    assert busy[Layer.HTTP] == pytest.approx([0 if part == 6 else 5 / 9 for part in range(10)])
