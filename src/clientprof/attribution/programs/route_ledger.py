"""The ledger of a service: who held the event loop while its requests waited, and was it work or a call that blocks?

The loop is held from the end of a select that could wait to the beginning of the next. Which layer held it is what the
sampler's wall timer found: it interrupts a call that blocks as well as one that computes, so the time between two samples
belongs to the stack of the second, blocked or not. How much of it was CPU is the thread's own clock; the difference is
loop time that nobody used. A request is ready from the moment it was sent, because from then on only the loop kept it
from being read; what of that passed while the loop was idle was its way over loopback, and counts as waiting.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.exchange_events import wake_times
from clientprof.attribution.ledger.loop_time import IDLE, LAYERS, LoopTime
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import OwnedIntervals, States, states_of
from clientprof.attribution.programs.route_holders import holders_of
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.programs.routes import RouteLedger
from clientprof.model.recording import Run, StepOwner

Integers = npt.NDArray[np.int64]
# Instants inside and outside of a blocking call.
_FREE, _HOLD = 0, 1


def build_route_ledger(run: Run) -> RouteLedger | None:
    """The account of one route's measured requests, checked before it is returned; None without any."""
    started, owner = _integers(run, "step.started_ns"), _integers(run, "step.owner")
    begin, end = _integers(run, "round.started_ns"), _integers(run, "round.ended_ns")
    born, died = _integers(run, "exchange.started_ns"), _integers(run, "exchange.ended_ns")
    numbers = np.flatnonzero(died > 0)
    requests = len(numbers)
    if not requests or len(started) < 2 or len(begin) != 1:
        return None
    table = StackTable(run, charge_profiler=False)
    layers = LoopTime.of(run, table, idle_apart=True)
    states = states_of(started, ready_since(run, wake_times(run)), owner)
    born, died = born[numbers], died[numbers]

    wall = (died - born).sum()
    running = _inside(states.running, numbers, born, died)
    ready = _inside(states.ready, numbers, born, died)
    blame = [_blamed(states.ready, numbers, born, died, layers, layer) for layer in range(len(LAYERS))]
    on_the_way = _blamed(states.ready, numbers, born, died, layers, IDLE)
    of_requests = LoopTime(started, (owner[:-1] > StepOwner.NOBODY).astype(np.int64), 2)

    total = (layers.by_layer(end) - layers.by_layer(begin))[:, 0]
    held, idle = total[:IDLE], float(total[IDLE])
    scale = 1e3 * requests
    inside = (started >= begin[0]) & (started < end[0])
    ledger = RouteLedger(
        requests=requests,
        samples=int((_integers(run, "sample.stack") >= 0).sum()),
        wall_us=float(wall) / scale,
        running_us=running / scale,
        ready_us=(ready - on_the_way) / scale,
        waiting_us=(float(wall) - running - ready + on_the_way) / scale,
        pool_wait_us=_pool_wait_us(run, states, requests),
        origin_us=_origin_us(run, numbers),
        blame=_positive(dict(zip(LAYERS, blame, strict=True)), scale),
        blame_on_requests_us=_blamed(states.ready, numbers, born, died, of_requests, 1) / scale,
        held_us=float(held.sum()) / scale,
        held_cpu_us=float(_integers(run, "round.thread_cpu_ns")[0]) / scale,
        idle_us=idle / scale,
        held=_positive(dict(zip(LAYERS, held.tolist(), strict=True)), scale),
        holders=holders_of(run, table, layers.of_layer(IDLE, _integers(run, "sample.at_ns")), requests),
        callbacks_per_request=int((inside & (owner >= StepOwner.NOBODY)).sum()) / requests,
        cpu_us_per_request=float(_integers(run, "round.cpu_ns")[0]) / scale,
        **_own_hold(run, states.ready, numbers, born, died),
    )
    ledger.self_check()
    return ledger


def _own_hold(run: Run, ready: OwnedIntervals, numbers: Integers, born: Integers, died: Integers) -> dict[str, float]:
    """What the route's own clocks say of its blocking calls, and the blame that falls on them; exact, without samples."""
    start, end = _integers(run, "hold.started_ns"), _integers(run, "hold.ended_ns")
    if not len(start):
        return {}
    knots = np.stack([start, end], axis=1).ravel()
    labels = np.full(len(knots) - 1, _FREE, dtype=np.int64)
    labels[::2] = _HOLD
    scale = 1e3 * len(numbers)
    return {
        "own_hold_us": float((end - start).sum()) / scale,
        "own_hold_cpu_us": float(_integers(run, "hold.cpu_ns").sum()) / scale,
        "blame_on_hold_us": _blamed(ready, numbers, born, died, LoopTime(knots, labels, 2), _HOLD) / scale,
    }


def _pool_wait_us(run: Run, states: States, requests: int) -> float | None:
    """Waiting between the pool's door and the last connection that was handed out; None without the marks."""
    at, exchange, kind = (_integers(run, f"mark.{name}") for name in ("at_ns", "exchange", "kind"))
    entered, acquired = (kind == Mark.POOL_ENQUEUE) & (exchange >= 0), (kind == Mark.POOL_ACQUIRED) & (exchange >= 0)
    if not entered.any() or not acquired.any():
        return None
    size = int(exchange.max()) + 1
    first, last = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    first[exchange[entered][::-1]] = at[entered][::-1]
    last[exchange[acquired]] = at[acquired]
    numbers = np.flatnonzero((first > 0) & (last >= first))
    start, end = first[numbers], last[numbers]
    not_waiting = _inside(states.running, numbers, start, end) + _inside(states.ready, numbers, start, end)
    return (float((end - start).sum()) - not_waiting) / 1e3 / requests


def _inside(states: OwnedIntervals, numbers: Integers, born: Integers, died: Integers) -> float:
    return float((states.length_until(numbers, died) - states.length_until(numbers, born)).sum())


def _blamed(
    ready: OwnedIntervals, numbers: Integers, born: Integers, died: Integers, loop_time: LoopTime, label: int
) -> float:
    blames = ready.blame(numbers, born, died, loop_time)
    return float(next(each for number, each in enumerate(blames) if number == label).sum())


def _positive(values: Mapping[Layer, float], scale: float) -> dict[Layer, float]:
    return {layer: value / scale for layer, value in values.items() if value > 0}


def _origin_us(run: Run, numbers: Integers) -> float | None:
    received, written = _integers(run, "exchange.received_ns")[numbers], _integers(run, "exchange.written_ns")[numbers]
    known = written > 0
    return float((written - received)[known].mean()) / 1e3 if known.any() else None


def _integers(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)
