"""Every exchange, connection and loop step of a ledger run's warm rounds: for exports, never for a report."""

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger import thread_ledger
from clientprof.attribution.ledger.exchange_events import EventTable, ExchangeEvents
from clientprof.attribution.ledger.phase_segments import Segment
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import States, states_of
from clientprof.model.export import Activity, ConnectionLife, ExchangeActivity, PhaseTime
from clientprof.model.run import RoundKind, Run

Integers = npt.NDArray[np.int64]


def activity_of(run: Run) -> Activity | None:
    """What happened, by the same cuts and states as the ledger's; None without a warm round."""
    started, owner = _column(run, "step.started_ns"), _column(run, "step.owner")
    threaded = len(run.column("exchange.thread")) > 0
    events = EventTable(run, thread_ledger.wake_times(run) if threaded else None)
    stepped = len(started) >= 2
    if not len(events.numbers) or not (stepped or threaded or len(run.column("mark.at_ns"))):
        return None
    measured = _column(run, "round.kind") == RoundKind.MEASURED
    begin, end = _column(run, "round.started_ns")[measured], _column(run, "round.ended_ns")[measured]
    first = _column(run, "round.first")[measured]
    origin = int(begin[0])
    exchanges: list[ExchangeEvents] = []
    cuts: list[list[Segment]] = []
    for exchange in events:
        parts = exchange.cut(events.known)
        if parts:
            exchanges.append(exchange)
            cuts.append(parts)
    running: Sequence[int | None]
    ready: Sequence[int | None]
    if threaded:
        running, ready = _thread_states(run, exchanges, cuts)
    elif not stepped:
        running = ready = [None for parts in cuts for _ in parts]
    else:
        running, ready = _loop_states(states_of(started, ready_since(run, events.wakes), owner), exchanges, cuts)
    rounds_of = np.searchsorted(first, [e.number for e in exchanges], side="right") - 1
    status, body, names = run.column("exchange.status"), run.column("exchange.body_bytes"), run.facts.error_types
    number = np.searchsorted(begin, started[:-1], side="right") - 1
    inside = (number >= 0) & (started[:-1] < end[np.maximum(number, 0)])  # all empty where there is no loop
    return Activity(
        rounds=tuple((int(b) - origin, int(e) - origin) for b, e in zip(begin, end, strict=True)),
        exchanges=tuple(
            ExchangeActivity(
                number=exchange.number,
                round=int(round_number),
                connection=exchange.connection,
                status=status[exchange.number] or None,
                body_bytes=body[exchange.number],
                error=names[exchange.error - 1] if exchange.error else None,
                phases=phases,
            )
            for exchange, round_number, phases in zip(
                exchanges, rounds_of, _phases(cuts, running, ready, origin), strict=True
            )
        ),
        connections=_connections(run, origin),
        step_started_ns=array("q", (started[:-1][inside] - origin).tolist()),
        step_ended_ns=array("q", (started[1:][inside] - origin).tolist()),
        step_owner=array("q", owner[:-1][inside].tolist()),
        collections=tuple(
            (at - origin, until - origin, generation)
            for at, until, generation in zip(
                run.column("gc.started_ns"), run.column("gc.ended_ns"), run.column("gc.generation"), strict=True
            )
            if at >= origin
        ),
        origin_ns=origin,
    )


def _loop_states(
    states: States, exchanges: list[ExchangeEvents], cuts: list[list[Segment]]
) -> tuple[list[int], list[int]]:
    """Nanoseconds running and ready of every part of every exchange, one after the other."""
    who = np.array([e.number for e, parts in zip(exchanges, cuts, strict=True) for _ in parts], dtype=np.int64)
    start = np.array([part[1] for parts in cuts for part in parts], dtype=np.int64)
    end = np.array([part[2] for parts in cuts for part in parts], dtype=np.int64)
    running = states.running.length_until(who, end) - states.running.length_until(who, start)
    ready = states.ready.length_until(who, end) - states.ready.length_until(who, start)
    return running.tolist(), ready.tolist()


def _thread_states(run: Run, exchanges: list[ExchangeEvents], cuts: list[list[Segment]]) -> tuple[list[int], list[int]]:
    """The same by the clocks of the exchanges' threads, rounded so that the states still add up to wall."""
    clocks = thread_ledger.ThreadClocks(run)
    running: list[int] = []
    ready: list[int] = []
    for exchange, parts in zip(exchanges, cuts, strict=True):
        wake_ns = None if exchange.stamps is None else exchange.stamps.wake_ns
        spent = clocks.states(exchange.number, exchange.started_ns, exchange.ended_ns, parts, wake_ns)
        for (_, start, end), cpu, wait in zip(parts, *(column.tolist() for column in spent), strict=True):
            rest = end - start - round(wait)
            running.append(min(round(cpu), rest))
            ready.append(rest - running[-1])
    return running, ready


def _phases(
    cuts: list[list[Segment]], running: Sequence[int | None], ready: Sequence[int | None], origin: int
) -> list[tuple[PhaseTime, ...]]:
    states = iter(zip(running, ready, strict=True))
    return [
        tuple(PhaseTime(phase, start - origin, end - origin, *next(states)) for phase, start, end in parts)
        for parts in cuts
    ]


def _connections(run: Run, origin: int) -> tuple[ConnectionLife, ...]:
    closed = dict(zip(run.column("closing.connection"), run.column("closing.at_ns"), strict=True))
    return tuple(
        ConnectionLife(number, opened - origin, closed[number] - origin if number in closed else None)
        for number, opened in enumerate(run.column("connection.opened_ns"), start=1)
    )


def _column(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)
