"""Counts per request, for the reader: the count lens's counters, garbage, and connections as the origin saw them."""

import numpy as np

from clientprof.attribution.costs.headline import exchanges_of, lookups_between, rounds_of
from clientprof.model.results import CounterRow
from clientprof.model.run import Counter, OriginTruth, RoundKind, Run

# Counted by every client, but of interest only when they happen.
_HIDE_WHEN_ZERO = (
    "socket_receives_into", "tls_engine_reads", "tls_engine_writes", "handshake_steps", "ssl_contexts",
    "clients_built",
)  # fmt: skip
_ONCE_A_CONNECTION = ("connects", "connections_created", "handshakes")
_OFTEN_A_CONNECTION = ("handshake_steps",)


def counter_rows(count: Run | None, ledger: Run | None, control: Run | None = None) -> tuple[CounterRow, ...]:
    """All counters; rows of a lens that did not run are left out.

    What the origin accepted is in its log whatever the lens: without the ledger's run it is told of ``control``.
    """
    rows: list[CounterRow] = []
    if count is not None:
        for counter in count.facts.counters:
            if not counter.requests or (counter.name in _HIDE_WHEN_ZERO and not counter.total):
                continue
            rows.append(_row(counter, _needed(count.facts.origin)))
        rows.extend(_garbage(count))
    if ledger is not None:
        rows.extend(_lookups(ledger))
    if ledger is not None and ledger.facts.origin is not None and ledger.facts.origin.requests:
        truth = ledger.facts.origin
        rows.append(
            CounterRow(
                name="connections_opened_per_1000_requests",
                value=1000 * connections_opened(ledger) / truth.requests,
                unit="per 1000 requests",
                meaning="connections the client opened in the warm rounds, by the ledger",
                expected=_needed(truth),
            )
        )
        rows.extend(_by_origin(truth))
        rows.extend(_on_the_wire(ledger, truth))
    elif ledger is None and control is not None and control.facts.origin is not None and control.facts.origin.requests:
        rows.extend(_by_origin(control.facts.origin))
    return tuple(rows)


def _needed(truth: OriginTruth | None) -> float:
    """New connections per 1000 requests that any client must open, because the server ends as many."""
    return 0.0 if truth is None or not truth.requests else 1000 * truth.connections_needed / truth.requests


def _by_origin(truth: OriginTruth) -> list[CounterRow]:
    """Connections accepted, and those that the client closed where it closed any."""
    per_1000 = 1000 / truth.requests
    rows = [
        CounterRow(
            name="connections_accepted_per_1000_requests",
            value=per_1000 * truth.accepts,
            unit="per 1000 requests",
            meaning="connections the origin accepted in the warm rounds, by its own log",
            expected=_needed(truth),
        )
    ]
    if truth.closed_by_client:
        rows.append(
            CounterRow(
                "connections_closed_by_client_per_1000_requests", per_1000 * truth.closed_by_client, "per 1000 requests",
                "connections that the client closed in the warm rounds, by the origin's log", 0.0,
            )
        )  # fmt: skip
    return rows


def _on_the_wire(ledger: Run, truth: OriginTruth) -> list[CounterRow]:
    """TLS by the origin's log, and how many requests the client really keeps under way at once."""
    rows: list[CounterRow] = []
    per_1000 = 1000 / truth.requests
    if truth.refused:
        rows.append(
            CounterRow(
                "refused_per_1000_requests", per_1000 * truth.refused, "per 1000 requests",
                "requests that the origin refused with 503, by its own log",
            )
        )  # fmt: skip
    if truth.handshakes:
        rows.append(
            CounterRow(
                "handshakes_per_1000_requests", per_1000 * truth.handshakes, "per 1000 requests",
                "TLS handshakes finished in the warm rounds, by the origin", _needed(truth),
            )
        )  # fmt: skip
        rows.append(
            CounterRow(
                "resumptions_per_1000_requests", per_1000 * truth.resumed, "per 1000 requests",
                "of these, handshakes that resumed a session",
            )
        )  # fmt: skip
    rows.append(
        CounterRow("most_in_flight", float(truth.max_in_flight), "requests", "most requests inside the origin at once")
    )
    mask, inside = rounds_of(ledger, RoundKind.MEASURED), exchanges_of(ledger, RoundKind.MEASURED)
    received, written = (
        np.asarray(ledger.column(f"exchange.{name}"), dtype=np.int64)[inside] for name in ("received_ns", "written_ns")
    )
    started, ended = (
        np.asarray(ledger.column(f"round.{name}"), dtype=np.int64)[mask] for name in ("started_ns", "ended_ns")
    )
    if received.all() and (ended - started).sum() > 0:
        rows.append(
            CounterRow(
                "mean_in_flight", float((written - received).sum() / (ended - started).sum()), "requests",
                "requests inside the origin at once, on average: the parallelism that reaches the wire",
            )
        )  # fmt: skip
    return rows


def connections_opened(ledger: Run) -> int:
    """Connections opened in the warm rounds of a ledger run, by its transports."""
    mask = rounds_of(ledger, RoundKind.MEASURED)
    if not mask.any():
        return 0
    begin = np.asarray(ledger.column("round.started_ns"), dtype=np.int64)[mask].min()
    end = np.asarray(ledger.column("round.ended_ns"), dtype=np.int64)[mask].max()
    opened = np.asarray(ledger.column("connection.opened_ns"), dtype=np.int64)
    return int(((opened >= begin) & (opened <= end)).sum())


def _row(counter: Counter, needed_per_1000: float) -> CounterRow:
    """The counter per request; of what happens with each connection, as much is expected as connections are needed."""
    value, expected = counter.total / counter.requests, counter.expected
    if counter.name in _ONCE_A_CONNECTION:
        expected = needed_per_1000 / 1000
    elif counter.name in _OFTEN_A_CONNECTION and needed_per_1000:
        expected = None
    if counter.name == "connects":
        per_1000 = None if expected is None else 1000 * expected
        return CounterRow("connects_per_1000_requests", 1000 * value, "per 1000 requests", counter.meaning, per_1000)
    return CounterRow(f"{counter.name}_per_request", value, "per request", counter.meaning, expected)


def _garbage(run: Run) -> list[CounterRow]:
    requests = len(exchanges_of(run, RoundKind.MEASURED))
    mask = rounds_of(run, RoundKind.MEASURED)
    started = np.asarray(run.column("gc.started_ns"), dtype=np.int64)
    if not requests:
        return []
    begin = np.asarray(run.column("round.started_ns"), dtype=np.int64)[mask]
    end = np.asarray(run.column("round.ended_ns"), dtype=np.int64)[mask]
    number = np.searchsorted(begin, started, side="right") - 1
    inside = (number >= 0) & (started < end[np.maximum(number, 0)])
    collected = int(np.asarray(run.column("gc.collected"), dtype=np.int64)[inside].sum())
    spent_ns = int((np.asarray(run.column("gc.ended_ns"), dtype=np.int64) - started)[inside].sum())
    return [
        CounterRow(
            "collections_per_1000_requests", 1000 * int(inside.sum()) / requests, "per 1000 requests",
            "runs of the garbage collector",
        ),
        CounterRow(
            "garbage_objects_per_request", collected / requests, "per request",
            "objects in reference cycles that the collector had to free", 0.0,
        ),
        CounterRow("gc_us_per_request", spent_ns / requests / 1e3, "us per request", "time spent collecting garbage"),
    ]  # fmt: skip


def _lookups(ledger: Run) -> list[CounterRow]:
    """Names looked up in the warm rounds, where any were."""
    mask = rounds_of(ledger, RoundKind.MEASURED)
    counts, started, ended = (
        np.asarray(ledger.column(f"round.{name}"), dtype=np.int64)[mask] for name in ("count", "started_ns", "ended_ns")
    )
    found = [lookups_between(ledger, begin, end) for begin, end in zip(started.tolist(), ended.tolist(), strict=True)]
    total = sum(each or 0 for each in found)
    if not total or not counts.sum():
        return []
    return [
        CounterRow(
            name="name_lookups_per_1000_requests",
            value=1000 * total / int(counts.sum()),
            unit="per 1000 requests",
            meaning="names looked up in the warm rounds; addresses are not counted",
            expected=0.0,
        )
    ]
