"""The program's event loops: how busy each was and with what, its longest step, how many callbacks stood in line."""

from collections.abc import Sequence

import numpy as np

from clientprof.attribution.costs.call_tree import call_tree
from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_time import IDLE, LAYERS, LoopTime
from clientprof.attribution.programs.lane import Booleans, Lane
from clientprof.attribution.programs.loops.time_in_flight import TimeInFlight, busy_share_in_flight
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import LoopResult
from clientprof.model.run import RoundKind, StepOwner


def loop_results(facts: ProgramFacts, lanes: Sequence[Lane], asked: TimeInFlight) -> tuple[LoopResult, ...]:
    """One row a loop with stamped steps, the busiest first; ``asked`` is when requests were under way."""
    found = (_loop(facts, lane, asked) for lane in lanes)
    return tuple(sorted((row for row in found if row is not None), key=lambda row: -row.busy_share))


def _loop(facts: ProgramFacts, lane: Lane, asked: TimeInFlight) -> LoopResult | None:
    steps = lane.steps
    if steps is None:
        return None
    inside = lane.inside_windows(steps.started[:-1])
    length, working = lane.step_lengths[inside], (~steps.selecting)[inside]
    weights = WindowWeights(facts, lane)
    total = float(length.sum())
    if not total:
        return None
    time = weights.sampled_time()
    return LoopResult(
        process=lane.facts.process,
        name=lane.facts.thread,
        loop=lane.run.facts.loop,
        busy_share=min(1.0, weights.busy_ns() / weights.measured_ns) if weights.measured_ns else 0.0,
        busy_share_in_flight=busy_share_in_flight(weights, asked),
        longest_ms=float(length[working].max()) / 1e6 if working.any() else 0.0,
        queue_most=_queue_most(lane),
        profile=None if time is None else call_tree(time),
        recorded_s=total / 1e9,
        held=_held(lane, total),
        cpu_share=_cpu_ns(lane) / total if _cpu_ns(lane) else None,
        callbacks=_callbacks(lane, inside),
    )


def _held(lane: Lane, total_ns: float) -> dict[Layer, float]:
    """The share of the recorded time in which each layer held the loop."""
    time = LoopTime.of(lane.run, StackTable(lane.run, charge_profiler=False), idle_apart=True)
    _, _, start, end = lane.windows
    spent = (time.by_layer(end) - time.by_layer(start)).sum(axis=1)[:IDLE]
    return {layer: float(ns) / total_ns for layer, ns in zip(LAYERS, spent, strict=True) if ns > 0}


def _cpu_ns(lane: Lane) -> int:
    """CPU of the loop's thread in the recorded time; 0 where nobody read its clock."""
    return int(lane.integers("round.thread_cpu_ns")[lane.integers("round.kind") == RoundKind.MEASURED].sum())


def _callbacks(lane: Lane, inside: Booleans) -> int:
    steps, enqueued = lane.steps, lane.integers("step.enqueued_ns")
    assert steps is not None
    ran = inside & (steps.owner >= StepOwner.NOBODY)
    if len(enqueued) == len(steps.started):
        # In the middle of a callback, a step of its own begins: it stood in no line.
        ran &= enqueued[:-1] != steps.started[:-1]
    return int(ran.sum())


def _queue_most(lane: Lane) -> int | None:
    """The most callbacks that stood in line at once; None where nothing says when they were queued."""
    steps, enqueued = lane.steps, lane.integers("step.enqueued_ns")
    if steps is None or len(enqueued) != len(steps.started):
        return None
    # Values that are no time of this loop are flags of selects, or unknown.
    queued = enqueued[:-1] >= steps.started[0]
    if not queued.any():
        return None
    since, until = enqueued[:-1][queued], steps.started[:-1][queued]
    line = np.searchsorted(np.sort(since), since, side="right") - np.searchsorted(np.sort(until), since, side="left")
    return int(line.max())
