"""The loop's time by layer: every instant has exactly one layer, and only recorded time has any."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run, StepOwner
from recordings import boundary, code, columns, exchanges, rounds, run_of, sampled

POOL, HTTP = code("x.pool"), code("x.http")
EDGES = (boundary(POOL, Layer.POOL), boundary(HTTP, Layer.HTTP))
WAIT, LOOP = int(StepOwner.WAIT), int(StepOwner.LOOP)


def run(samples: list[tuple[int, ...]], steps: list[tuple[int, int, int]], collections: list[tuple[int, int]]) -> Run:
    codes, found = sampled([[POOL], [HTTP]], samples)
    loop = columns("step", ("started_ns", "enqueued_ns", "owner"), steps)
    return run_of(found, loop, columns("gc", ("started_ns", "ended_ns"), collections), codes=codes, boundaries=EDGES)


def spent(found: Run, start: int, end: int) -> dict[Layer, int]:
    by_layer = LoopTime.of(found, StackTable(found)).by_layer(np.array([start, end]))
    return {layer: round(ns) for layer, ns in zip(LAYERS, np.diff(by_layer, axis=1)[:, 0], strict=True) if ns}


STEPS = [(100, 0, 0), (200, 0, WAIT), (300, 0, LOOP), (310, 305, 1), (500, 0, LOOP)]


def test_the_time_up_to_a_sample_belongs_to_it_and_select_to_the_loop() -> None:
    found = run([(150, 50, 0), (400, 50, 1)], STEPS, [])
    assert spent(found, 100, 500) == {Layer.POOL: 50, Layer.LOOP: 100, Layer.HTTP: 250}
    assert spent(found, 140, 210) == {Layer.POOL: 10, Layer.HTTP: 50, Layer.LOOP: 10}


def test_time_after_the_last_sample_counts_to_the_last_sample() -> None:
    assert spent(run([(150, 50, 0)], STEPS, []), 310, 500) == {Layer.POOL: 190}


def test_time_after_the_last_sample_of_all_counts_to_it_even_where_the_steps_began_later() -> None:
    assert spent(run([(20, 50, 0), (40, 50, 1)], STEPS, []), 310, 500) == {Layer.HTTP: 190}


def test_samples_that_the_steps_do_not_reach_change_nothing() -> None:
    near = [(150, 50, 0), (600, 50, 1)]
    assert spent(run([(20, 50, 1), *near, (700, 50, 0)], STEPS, []), 100, 500) == spent(run(near, STEPS, []), 100, 500)


def test_a_collection_is_cut_out_of_whatever_it_interrupted() -> None:
    assert spent(run([(450, 50, 1)], STEPS, [(320, 340)]), 310, 500) == {Layer.HTTP: 170, Layer.GC: 20}


def test_without_samples_busy_time_is_other_and_idle_time_still_the_loop_s() -> None:
    assert spent(run([], STEPS, []), 100, 500) == {Layer.OTHER: 300, Layer.LOOP: 100}


def test_time_that_was_not_recorded_belongs_to_nobody() -> None:
    found = run([(150, 50, 0)], STEPS, [])
    assert spent(found, 0, 100) == {}
    assert spent(found, 500, 900) == {}


instants = st.lists(st.integers(0, 300), min_size=1, max_size=12)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 9), st.integers(-1, 1)), max_size=15).map(sorted),
    st.lists(st.tuples(st.integers(1, 40), st.integers(-3, 2)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=4),
    instants,
)
def test_the_sum_over_layers_is_time_exactly(
    samples: list[tuple[int, int, int]], loop: list[tuple[int, int]], pauses: list[tuple[int, int]], at: list[int]
) -> None:
    starts = [10 + sum(length for length, _ in loop[:n]) for n in range(len(loop) + 1)]
    steps = [(start, 0, owner) for start, (_, owner) in zip(starts, [*loop, (0, LOOP)], strict=True)]
    collections, now = [], 0
    for gap, length in pauses:
        collections.append((now + gap, now + gap + length))
        now += gap + length
    found = run(samples, steps, collections)
    by_layer = LoopTime.of(found, StackTable(found)).by_layer(np.array(at))
    assert np.allclose(by_layer.sum(axis=0), np.clip(at, starts[0], starts[-1]) - starts[0], atol=1e-9)


def test_a_run_without_measured_rounds_or_without_steps_has_no_ledger() -> None:
    no_round = run([(150, 50, 0)], STEPS, [])
    assert build_ledger(no_round) is None
    parts = (rounds((RoundKind.MEASURED, 0, 1, 100, 500)), exchanges((100, 500)))
    assert build_ledger(run_of(*parts)) is None


def test_an_exchange_without_any_mark_is_unattributed_and_still_conserved() -> None:
    parts = (rounds((RoundKind.MEASURED, 0, 1, 100, 500)), exchanges((100, 500)))
    ledger = build_ledger(run_of(run([(150, 50, 0)], STEPS, []).columns, *parts, boundaries=EDGES, codes=(POOL, HTTP)))
    assert ledger is not None
    assert ledger.unattributed_share == 1.0
    assert [row.phase for row in ledger.phases] == ["unattributed"]


def test_a_request_s_own_time_is_its_steps_and_no_other_s() -> None:
    parts = (rounds((RoundKind.MEASURED, 0, 2, 100, 500)), exchanges((100, 500), (100, 500)))
    ledger = build_ledger(run_of(run([(150, 50, 0)], STEPS, []).columns, *parts, boundaries=EDGES, codes=(POOL, HTTP)))
    assert ledger is not None
    assert [round(line.running_us * 1000) for line in ledger.timelines] == [0, 0]
    assert round(ledger.phases[0].cpu_us * 2000) == 100 + 190
    assert round(ledger.phases[0].ready_us * 2000) == 5
