"""Chrome's trace event format, as Perfetto and chrome://tracing read it
(https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).

Three processes: ``event loop`` (a track of callbacks and selects, one of collections), ``requests`` (as many tracks as there
were requests at once, each request with its phases inside) and ``connections`` (a track each). Flows lead from a request's
start to its use of a connection and to the callback in which it ended. Times are microseconds since the first measured
round began, to the nanosecond.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from clientprof.model.export import Activity, ExchangeActivity, Export
from clientprof.model.phases import Phase
from clientprof.model.run import StepOwner
from clientprof.report.exporters.one_line import one_line

LOOP, REQUESTS, CONNECTIONS = 1, 2, 3
_STEPS, _COLLECTIONS = 1, 2
# Flows of one client are numbered below this.
_FLOWS = 1_000_000_000
_BEFORE_USE = (Phase.PREPARE, Phase.POOL)

Event = dict[str, Any]  # the format's own: keys and values differ by type of event


def to_chrome_trace(export: Export) -> bytes:
    """The first client's warm rounds under the ledger lens."""
    return to_chrome_trace_of_all(replace(export, clients=export.clients[:1]))


def to_chrome_trace_of_all(export: Export) -> bytes:
    """All clients, or all loops of a program, on one time scale; each has processes of its own."""
    active = [entry for entry in export.clients if entry.activity is not None]
    several = len(active) > 1
    events = (
        json.dumps(event, allow_nan=False, separators=(",", ":"))
        for number, entry in enumerate(active)
        if entry.activity is not None
        for event in _moved(_events(entry.activity), number, one_line(entry.client.title) if several else "")
    )
    name = "; ".join(one_line(entry.client.title) for entry in active)
    about = json.dumps({"title": one_line(export.result.title), "client": name})
    head = f'{{"displayTimeUnit":"ms","otherData":{about},"traceEvents":['
    return "\n".join((head, ",\n".join(events), "]}", "")).encode()


def _moved(events: Iterator[Event], number: int, client: str) -> Iterator[Event]:
    """The events with the processes and flows of the client of that number, its name in the names of its processes."""
    for event in events:
        event["pid"] += CONNECTIONS * number
        if number and "id" in event:
            event["id"] += number * _FLOWS
        if client and event["name"] == "process_name":
            event["args"] = {"name": f"{event['args']['name']}: {client}"}
        elif client and event["name"] == "process_sort_index":
            event["args"] = {"sort_index": event["pid"]}
        yield event


class Lanes:
    """Tracks that things which overlap in time are spread over, each the first that is free."""

    def __init__(self) -> None:
        self._free_from: list[int] = []

    def take(self, started_ns: int, ended_ns: int) -> int:
        """The number of a track that is free all that time; starts must come in order."""
        for lane, free in enumerate(self._free_from):
            if free <= started_ns:
                self._free_from[lane] = ended_ns
                return lane
        self._free_from.append(ended_ns)
        return len(self._free_from) - 1


def _events(activity: Activity) -> Iterator[Event]:
    for process, name in ((LOOP, "event loop"), (REQUESTS, "requests"), (CONNECTIONS, "connections")):
        yield {"ph": "M", "name": "process_name", "pid": process, "tid": 0, "args": {"name": name}}
        yield {"ph": "M", "name": "process_sort_index", "pid": process, "tid": 0, "args": {"sort_index": process}}
    if activity.step_owner:
        yield _thread(LOOP, _STEPS, "callbacks and selects")
    last_step: dict[int, tuple[int, int]] = {}
    columns = zip(activity.step_started_ns, activity.step_ended_ns, activity.step_owner, strict=True)
    for started, ended, owner in columns:
        yield _slice(LOOP, _STEPS, _step_name(owner), started, ended)
        if owner >= 0:
            last_step[owner] = (started, ended)
    if activity.collections:
        yield _thread(LOOP, _COLLECTIONS, "garbage collection")
    for started, ended, generation in activity.collections:
        yield _slice(LOOP, _COLLECTIONS, f"generation {generation}", started, ended)
    yield from _requests(activity, last_step)


def _requests(activity: Activity, last_step: dict[int, tuple[int, int]]) -> Iterator[Event]:
    named: set[tuple[int, int]] = set()
    lanes = Lanes()
    uses: dict[int, Lanes] = {}
    tracks: dict[tuple[int, int], int] = {}
    for exchange in sorted(activity.exchanges, key=lambda e: e.started_ns):
        lane = lanes.take(exchange.started_ns, exchange.ended_ns) + 1
        if (REQUESTS, lane) not in named:
            named.add((REQUESTS, lane))
            yield _thread(REQUESTS, lane, f"request lane {lane}")
        yield from _request(exchange, lane)
        flow = {"cat": "request", "name": "request", "id": exchange.number}
        yield {"ph": "s", "pid": REQUESTS, "tid": lane, "ts": _us(exchange.started_ns), **flow}
        use = next((part.started_ns for part in exchange.phases if part.phase not in _BEFORE_USE), exchange.ended_ns)
        if exchange.connection is not None and use < exchange.ended_ns:
            # Over HTTP/2 many requests use a connection at once: a track each.
            overlap = uses.setdefault(exchange.connection, Lanes()).take(exchange.started_ns, exchange.ended_ns)
            track = tracks.setdefault((exchange.connection, overlap), len(tracks) + 1)
            if (CONNECTIONS, track) not in named:
                named.add((CONNECTIONS, track))
                yield _thread(
                    CONNECTIONS, track, f"connection {exchange.connection}" + (f" ({overlap + 1})" if overlap else "")
                )
            yield _slice(CONNECTIONS, track, f"request {exchange.number}", use, exchange.ended_ns)
            yield {"ph": "t", "pid": CONNECTIONS, "tid": track, "ts": _us(use), **flow}
        last = last_step.get(exchange.number)
        if last is not None and last[0] >= use:
            yield {"ph": "f", "bp": "e", "pid": LOOP, "tid": _STEPS, "ts": _us(last[0]), **flow}
    for life in activity.connections:
        place = tracks.get((life.number, 0))
        for name, instant in (("opened", life.opened_ns), ("closed", life.closed_ns)):
            if place is not None and instant is not None and instant >= 0:
                yield {"ph": "i", "s": "t", "pid": CONNECTIONS, "tid": place, "name": name, "ts": _us(instant)}


def _request(exchange: ExchangeActivity, lane: int) -> Iterator[Event]:
    facts: dict[str, int | str | None] = {
        "connection": exchange.connection,
        "status": exchange.status,
        "body_bytes": exchange.body_bytes,
    }
    if exchange.error is not None:
        facts["error"] = one_line(exchange.error)
    if exchange.site:
        facts |= {"call site": one_line(exchange.site), "peer": one_line(exchange.address)}
    yield _slice(REQUESTS, lane, f"request {exchange.number}", exchange.started_ns, exchange.ended_ns, facts)
    for part in exchange.phases:
        known = {"running_us": part.running_ns, "ready_us": part.ready_ns, "waiting_us": part.waiting_ns}
        states = {name: _us(ns) for name, ns in known.items() if ns is not None}
        yield _slice(REQUESTS, lane, part.phase, part.started_ns, part.ended_ns, states)


_OWNERS = {
    StepOwner.NATIVE: "loop (C code)",
    StepOwner.SELECT: "select",
    StepOwner.WAIT: "select",
    StepOwner.LOOP: "loop",
}


def _step_name(owner: int) -> str:
    if owner >= 0:
        return f"request {owner}"
    return _OWNERS.get(StepOwner(owner), "callback of no request")


def _thread(process: int, thread: int, name: str) -> Event:
    return {"ph": "M", "name": "thread_name", "pid": process, "tid": thread, "args": {"name": name}}


def _slice(
    process: int, thread: int, name: str, started: int, ended: int, facts: dict[str, Any] | None = None
) -> Event:
    event: Event = {
        "ph": "X",
        "pid": process,
        "tid": thread,
        "name": name,
        "ts": _us(started),
        "dur": _us(ended - started),
    }
    return event if facts is None else {**event, "args": facts}


def _us(ns: int) -> float:
    return ns / 1000
