"""Requests that the program's server framework served: how long they were in the program, and what they waited for.

A request is here from the moment that the server could have read it, which is known as that of an answer is: between two
looks of the event loop (``answer_bounds``). It is over with the step in which its last word was handed out. Its own steps
are those in which it was read, its route ran, and its calls of clients did. While one of them stood in line, the loop was
held by whoever ran: by a layer, by another request, by a call that blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import OwnedIntervals, states_of
from clientprof.attribution.programs.answer_bounds import answer_bounds, bounds_of_reads
from clientprof.attribution.programs.lane import Integers, Lane
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import ServedRoute
from clientprof.model.run import StepOwner

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Sums:
    """Nanoseconds of all requests of a route."""

    requests: int = 0
    wall: float = 0.0
    low: float = 0.0
    high: float = 0.0
    running: float = 0.0
    ready: float = 0.0
    behind_requests: float = 0.0
    behind_blocking: float = 0.0
    blame: Floats = field(default_factory=lambda: np.zeros(len(LAYERS)))


@dataclass(frozen=True, slots=True)
class _Requests:
    """Whole requests of one lane, and the steps with what each became ready at and works for."""

    number: Integers
    route: Integers
    born: Integers
    low: Integers
    high: Integers
    died: Integers
    ready_since: Integers
    request: Integers


def served_routes(facts: ProgramFacts, lanes: Sequence[Lane]) -> tuple[ServedRoute, ...]:
    """One row for each route of which requests were served whole while detail was recorded, checked; those that took the
    most time altogether first."""
    sums: dict[int, _Sums] = {}
    for lane in lanes:
        found = _whole_requests(lane)
        if found is not None:
            _add(lane, found, sums)
    rows = [_row(facts, route, each) for route, each in sums.items() if 0 <= route < len(facts.routes)]
    for row in rows:
        row.self_check()
    return tuple(sorted(rows, key=lambda row: -row.requests * row.wall_us))


def _row(facts: ProgramFacts, route: int, found: _Sums) -> ServedRoute:
    scale = 1e3 * found.requests
    return ServedRoute(
        route=facts.routes[route],
        requests=found.requests,
        wall_us=found.wall / scale,
        low_us=found.low / scale,
        high_us=found.high / scale,
        running_us=found.running / scale,
        ready_us=found.ready / scale,
        waiting_us=max(0.0, found.wall - found.running - found.ready) / scale,
        blame={layer: float(ns) / scale for layer, ns in zip(LAYERS, found.blame, strict=True) if ns > 0},
        behind_requests_us=found.behind_requests / scale,
        behind_blocking_us=found.behind_blocking / scale,
    )


def _whole_requests(lane: Lane) -> _Requests | None:
    """The requests whose first step and last word were recorded."""
    steps, request = lane.steps, lane.integers("step.request")
    number, route, ended = (lane.integers(f"served.{name}") for name in ("number", "route", "ended_ns"))
    if steps is None or not len(number) or len(request) != len(steps.started):
        return None
    started = steps.started
    mine = np.flatnonzero(request[:-1] > 0)
    having, first = np.unique(request[mine], return_index=True)
    place = np.minimum(np.searchsorted(having, number), max(0, len(having) - 1))
    last = np.searchsorted(started, ended, side="right") - 1
    known = (last >= 0) & (last < len(started) - 1)
    known &= having[place] == number if len(having) else np.zeros(len(number), dtype=np.bool_)
    number, route, first, last = number[known], route[known], mine[first[place[known]]], last[known]
    since = ready_since(lane.run, answer_bounds(lane).here_ns)
    queued = lane.integers("step.enqueued_ns")[first]
    born = np.where(queued > 0, np.minimum(queued, started[first]), started[first])
    low, high = born.copy(), born.copy()
    reading = np.searchsorted(started, born, side="right") - 1
    # The step that queued the request's first one is that in which it was read, if it works for nobody else.
    unread = (reading >= 0) & (request[reading] == 0) & (steps.owner[np.maximum(reading, 0)] == StepOwner.NOBODY)
    unread &= started[reading] <= queued
    request = request.copy()
    if unread.any() and len(steps.select_end):
        request[reading[unread]] = number[unread]
        low[unread], born[unread], high[unread] = bounds_of_reads(steps, started[reading[unread]])
        since[reading[unread]] = born[unread]
    return _Requests(number, route, born, low, high, started[last + 1], since, request)


def _add(lane: Lane, found: _Requests, sums: dict[int, _Sums]) -> None:
    steps = lane.steps
    assert steps is not None
    owner = np.where(found.request > 0, found.request, StepOwner.NOBODY)
    states = states_of(steps.started, found.ready_since, owner)
    layers = LoopTime.of(lane.run, StackTable(lane.run, charge_profiler=False))
    of_requests = LoopTime(steps.started, (found.request[:-1] > 0).astype(np.int64), 2)
    blocking = _blocking(lane)
    for route in np.unique(found.route).tolist():
        mine = found.route == route
        number, born, died = found.number[mine], found.born[mine], found.died[mine]
        into = sums.setdefault(route, _Sums())
        into.requests += len(number)
        into.wall += float((died - born).sum())
        into.low += float((died - found.high[mine]).sum())
        into.high += float((died - found.low[mine]).sum())
        into.running += float(
            (states.running.length_until(number, died) - states.running.length_until(number, born)).sum()
        )
        into.ready += float((states.ready.length_until(number, died) - states.ready.length_until(number, born)).sum())
        into.blame += [float(each.sum()) for each in states.ready.blame(number, born, died, layers)]
        into.behind_requests += _blamed(states.ready, number, born, died, of_requests)
        if blocking is not None:
            into.behind_blocking += _blamed(states.ready, number, born, died, blocking)


def _blamed(ready: OwnedIntervals, number: Integers, born: Integers, died: Integers, loop_time: LoopTime) -> float:
    """What of the requests' time in line falls on the label 1 of two."""
    _, found = ready.blame(number, born, died, loop_time)
    return float(found.sum())


def _blocking(lane: Lane) -> LoopTime | None:
    """When calls of blocking clients held the loop, as label 1; None where there were none."""
    mine = lane.blocking & (lane.ended > 0)
    if not mine.any():
        return None
    order = np.argsort(lane.started[mine], kind="stable")
    knots = np.stack([lane.started[mine][order], lane.ended[mine][order]], axis=1).ravel()
    labels = np.zeros(len(knots) - 1, dtype=np.int64)
    labels[::2] = 1
    return LoopTime(np.maximum.accumulate(knots), labels, 2)
