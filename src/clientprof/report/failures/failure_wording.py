"""Failed requests in words: groups of those that failed alike, and what one went through."""

from collections import Counter
from collections.abc import Iterable

from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.results import ClientResult
from clientprof.report.writing.figures import decimal


def groups(failed: Iterable[FailedRequest]) -> list[tuple[str, Cause, int, FailedRequest]]:
    """Error, cause, count and an example, the most frequent first."""
    rows = list(failed)
    counts = Counter((row.error, row.cause) for row in rows)
    return [
        (error, cause, count, next(row for row in rows if (row.error, row.cause) == (error, cause)))
        for (error, cause), count in counts.most_common()
    ]


def watched(client: ClientResult) -> str:
    """What is to be known of the run whose failed requests are shown; empty where it is as good as the rest."""
    if not client.failures_disturbed:
        return ""
    return (
        "Under the lens ledger more requests fail than without it. What is shown here says why requests fail, not how many; "
        "errors that do not happen without the lens are left out."
    )


def story(row: FailedRequest) -> str:
    """``connection 25, 3 answers before; given 918 ms, closed by the client 17 ms before the failure``."""
    parts: list[str] = []
    if row.connection is not None:
        served = "" if row.served_before is None else f", {_answers(row.served_before)} before"
        parts.append(f"connection {row.connection:,}{served}")
    happened = [
        ("given", row.given_ms),
        ("written", row.written_ms),
        ("answered by the server", row.answered_ms),
        (
            f"closed by the {row.closed_first}{' with GOAWAY' if row.goaway else ''}",
            row.closed_ms if row.closed_first else None,
        ),
    ]
    times = [f"{what} {decimal(ms, 1)} ms" for what, ms in happened if ms is not None]
    if times:
        parts.append(f"{', '.join(times)} before the failure")
    if row.reached is False:
        parts.append("the server never had the request")
    if row.held_ms is not None:
        parts.append(f"the loop was held for {decimal(row.held_ms, 0)} ms{f' by {row.holder}' if row.holder else ''}")
    return "; ".join(parts) or f"given no connection within {decimal(row.after_ms, 0)} ms"


def _answers(number: int) -> str:
    return "no answer" if number == 0 else "1 answer" if number == 1 else f"{number:,} answers"
