"""Requests that failed where nobody recorded why: what is known of them all the same, and what is not."""

from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult

_COUNTED = "Failed requests are counted, not averaged into the times."


def errors_notice(recording: Recording, client: ClientResult) -> Notice | None:
    """The failed requests of the control runs by kind; None without any."""
    errors = {} if client.control is None else client.control.errors
    if not errors:
        return None
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(errors.items()))
    explained = {row.error for row in client.failures}
    unexplained = sorted(kind for kind in errors if kind not in explained)
    parts = [f"{client.name}: {listed}."]
    if unexplained:
        ran = any(run.facts.lens == "ledger" and run.facts.client == client.name for run in recording.runs)
        where = f"no {' or '.join(unexplained)} happened under it" if ran else "it did not run"
        parts.append(
            "What their connections went through is not known: only the lens ledger records that, and "
            f"{where}.{_closings(recording, client)}"
        )
    return Notice("errors", " ".join(parts), _COUNTED)


def _closings(recording: Recording, client: ClientResult) -> str:
    """Who closed connections while they failed, by the origin's own count; empty where it was not asked."""
    failing = [run for run in recording.of(client.name, "control") if any(run.column("exchange.error"))]
    truths = [run.facts.origin for run in failing]
    by_client = [truth.closed_by_client for truth in truths if truth is not None and truth.closed_by_client is not None]
    if not truths or len(by_client) < len(truths):
        return ""
    by_server = sum(truth.closed_by_server for truth in truths if truth is not None)
    return (
        f" In the runs where they failed, by the origin's log, the server closed {by_server:,} connections by its rules and "
        f"the client {sum(by_client):,}."
    )
