"""The requests of the waterfall: each adds up, all of a round are kept, and of a large one the telling ones."""

from itertools import pairwise

import numpy as np
import pytest

from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.ledger.thread_ledger import build_thread_ledger
from clientprof.attribution.ledger.timelines import LINES_KEPT, Shown
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.timeline import Timeline, TimelineSpan
from clientprof.model.phases import Mark, Phase
from clientprof.model.run import RoundKind, Run
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_run import play
from recordings import columns, exchanges, rounds, run_of


def ledger_of(run: Run) -> Ledger:
    ledger = build_ledger(run)
    assert ledger is not None
    return ledger


def test_every_request_of_the_round_is_kept_and_its_phases_are_the_ledger_s() -> None:
    ledger = ledger_of(play(Plan((ExchangePlan(),) * 6))[0])
    assert len(ledger.timelines) == ledger.shown.requests == ledger.requests == 6
    for row in ledger.phases:
        spans = [span for line in ledger.timelines for span in line.spans if span.phase is row.phase]
        for mine, total in (("wall_us", row.wall_us), ("running_us", row.cpu_us), ("ready_us", row.ready_us)):
            assert sum(getattr(span, mine) for span in spans) == pytest.approx(6 * (total or 0.0), abs=len(spans))


def test_a_request_is_blamed_on_whoever_ran_while_it_was_ready() -> None:
    ledger = ledger_of(play(Plan((ExchangePlan(prepare_ns=2_000_000, parse_ns=1_500_000),) * 6))[0])
    ready = [row.ready_us or 0.0 for row in ledger.phases]
    blamed = {layer: sum(line.blame.get(layer, 0) for line in ledger.timelines) for layer in Layer}
    assert sum(blamed.values()) == pytest.approx(6 * sum(ready), abs=6 * len(ready))
    for layer in Layer:
        of_rows = 6 * sum(row.blame.get(layer, 0.0) for row in ledger.phases)
        assert blamed[layer] == pytest.approx(of_rows, abs=6)


def test_neighbours_of_one_phase_are_one_span() -> None:
    ledger = ledger_of(play(Plan((ExchangePlan(lock_yields=2, rejections=2),) * 3, connections=1))[0])
    for line in ledger.timelines:
        phases = [span.phase for span in line.spans]
        assert all(before is not after for before, after in pairwise(phases))


def large_run(count: int, failed: int, slow: range = range(0)) -> Run:
    """Two rounds of as many exchanges without loop, each started a microsecond after the one before; ``slow`` by number."""
    rows = [(1000 * n, 1000 * n + (9000 if n in slow else 5000), int(n % count < failed)) for n in range(2 * count)]
    middle, end = 1000 * count, 2000 * count + 9000
    bounds = rounds((RoundKind.MEASURED, 0, count, 0, middle), (RoundKind.MEASURED, count, count, middle, end))
    marks = columns("mark", ("at_ns", "exchange", "kind"), [(row[0] + 500, n, Mark.DONE) for n, row in enumerate(rows)])
    return run_of(bounds, exchanges(*rows), marks, error_types=("PoolTimeout",))


def test_of_a_large_round_the_slowest_and_some_failed_are_kept_and_the_others_evenly() -> None:
    count = 100_000
    slow = range(count + 50_000, count + 50_060)
    run = large_run(count, failed=30, slow=slow)
    shown = Shown.of(run, EventTable(run))
    assert (shown.about.rounds, shown.about.requests, len(shown.numbers)) == (2, count, LINES_KEPT)
    assert (shown.about.slowest, shown.about.failed) == (60, 30)
    assert set(range(count, count + 30)) <= set(shown.numbers.tolist())
    assert shown.numbers.tolist() == sorted(shown.numbers.tolist())
    assert set(slow) <= set(shown.numbers.tolist())
    spread = np.diff(shown.numbers[shown.numbers > count + 500])
    assert spread.max() < 2.5 * count / LINES_KEPT


def test_lines_begin_at_the_round_s_start_and_a_failed_one_names_its_error() -> None:
    ledger = ledger_of(large_run(8, failed=2))
    assert [line.start_us for line in ledger.timelines] == list(range(8))
    assert [line.error for line in ledger.timelines[:3]] == ["PoolTimeout", "PoolTimeout", None]
    assert (ledger.shown.rounds, ledger.shown.requests, ledger.requests) == (2, 8, 16)
    assert {line.running_us for line in ledger.timelines} == {None}
    assert all(not line.blame for line in ledger.timelines)


def test_a_round_in_which_all_failed_is_still_shown() -> None:
    ledger = ledger_of(large_run(3, failed=3))
    assert [line.error for line in ledger.timelines] == ["PoolTimeout"] * 3
    assert ledger.over_time is not None
    assert ledger.over_time.fine.at_origin is None


def test_threads_have_states_and_nobody_to_blame() -> None:
    run = large_run(3, failed=0)
    clocks = columns("exchange", ("thread", "cpu_started_ns", "cpu_ns"), [(n % 3, 0, 1500) for n in range(6)])
    stamps = columns("mark", ("cpu_ns",), [(400,)] * 6)
    ledger = build_thread_ledger(run_of(run.columns, clocks, stamps))
    assert ledger is not None
    assert [(line.running_us, line.waiting_us) for line in ledger.timelines] == [(1, 0)] * 3
    assert [line.end_us - line.start_us for line in ledger.timelines] == [5] * 3
    assert all(not line.blame for line in ledger.timelines)
    assert ledger.over_time is not None
    assert ledger.over_time.fine.busy is None


def test_a_line_that_does_not_add_up_is_refused() -> None:
    first = TimelineSpan(Phase.PREPARE, 0, 10, 4, 6)
    Timeline(0, None, (first, TimelineSpan(Phase.POOL, 10, 12, 0, 0)), {Layer.POOL: 6}, None).self_check()
    for spans, blame in (
        ((first, TimelineSpan(Phase.POOL, 11, 12, 0, 0)), {}),
        ((TimelineSpan(Phase.PREPARE, 0, 10, 4, 7),), {}),
        ((first,), {Layer.POOL: 9}),
    ):
        with pytest.raises(AssertionError):
            Timeline(0, None, spans, blame, None).self_check()
