"""Whether everybody speaks of the same requests: bodies between clients, counts between client and origin.

A difference here means that the clients did not do the same work, or that an instrument is wrong: then no number may be
compared.
"""

from collections.abc import Iterator

from clientprof.attribution.costs.counter_rows import connections_opened
from clientprof.attribution.costs.headline import exchanges_of
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult
from clientprof.model.run import RoundKind, Run


def different_bodies(recording: Recording) -> str | None:
    """One sentence where the clients' answers had different contents; None where they agree or were not compared."""
    contents: dict[str, set[str]] = {}
    for run in recording.runs:
        contents.setdefault(run.facts.client, set()).update(run.facts.body_sha256)
        if run.facts.expected_sha256 is not None and run.facts.body_sha256:
            contents.setdefault("the origin", set()).add(run.facts.expected_sha256)
    seen = {name: digests for name, digests in contents.items() if digests}
    if len(set().union(*seen.values())) <= 1:
        return None
    listed = "; ".join(
        f"{name}: {', '.join(sorted(d[:12] for d in digests))}" for name, digests in sorted(seen.items())
    )
    return f"the answers' contents differ (SHA-256 {listed})"


def different_requests(recording: Recording, client: str) -> str | None:
    """One sentence where the origin served another number of requests than the client made; None where they agree.

    Rounds with failed requests are not compared: a request may fail before it is sent.
    """
    for run in (run for run in recording.runs if run.facts.client == client):
        truth = run.facts.origin
        if truth is None or any(run.column("exchange.error")):
            continue
        made = len(exchanges_of(run, RoundKind.MEASURED)) * run.facts.requests_per_exchange
        if truth.requests != made:
            more = truth.requests - made
            repeated = (
                f"; it refused {truth.refused}, and the client repeats such requests by itself" if more > 0 else ""
            )
            repeated = repeated if truth.refused >= more else ""
            return f"{client} made {made} requests under {run.facts.lens}, the origin served {truth.requests}{repeated}"
    return None


def different_connections(recording: Recording, client: ClientResult) -> Iterator[str]:
    """Counts of connections and handshakes on which client and origin differ; an opaque client's cannot be counted."""
    if client.opaque:
        return
    for run in recording.of(client.name, "ledger"):
        truth, opened = run.facts.origin, connections_opened(run)
        if truth is not None and _counts_connections(run) and truth.accepts != opened:
            yield f"{opened} connections opened by the client, {truth.accepts} accepted by the origin"
    cold = client.cold
    if cold is not None and cold.connects_by_origin is not None:
        if cold.connects not in (None, cold.connects_by_origin):
            yield f"{cold.connects} against {cold.connects_by_origin} connections in the cold round"
        if cold.handshakes not in (None, cold.handshakes_by_origin):
            yield f"{cold.handshakes} against {cold.handshakes_by_origin} handshakes in the cold round"


def _counts_connections(run: Run) -> bool:
    return "connection.opened_ns" in run.columns
