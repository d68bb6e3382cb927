"""Requests that failed of the client's own doing: connections closed under them, clocks that ran out on the loop."""

from statistics import median

from clientprof.attribution.findings.subject import Subject
from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer


def closed_under_a_request(subject: Subject) -> Finding | None:
    """The client closed connections that it had given to requests."""
    failed = _of(subject, Cause.CLOSED_BY_CLIENT)
    if not failed:
        return None
    given = [row.given_ms - row.closed_ms for row in failed if row.given_ms is not None and row.closed_ms is not None]
    before = f" {median(given):,.0f} ms before (median)" if given else ""
    reused = sum(bool(row.served_before) for row in failed)
    return Finding(
        id="closed-under-a-request",
        title=f"{subject.name} closed {len(failed)} connections that requests were using",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{len(failed)} requests failed with {_kinds(failed)}, because the client itself closed the connection "
            "that it had "
            f"given them{before}. By its own log, the server closed none of these."
        ),
        evidence=(
            f"{len(failed)} connections that the client closed first, before their request had its answer",
            f"{reused} of them had served requests before",
        ),
        remedy=(
            "Set the connection limit and the keep-alive limit above the number of hosts, so that the pool need not close "
            "any connection. Or repeat requests that are safe to repeat."
        ),
        falsifier="The claim is wrong if as many requests fail with limits above the number of hosts.",
        mechanism=(
            "A pool that is full closes a connection that looks idle. A connection still looks idle after it was given to a "
            "request and before that request writes its first byte. The pool's pass for another request closes it then."
        ),
        pointer="Mark a connection as taken when it is given out, not when the request is written.",
    )


def timeout_by_loop(subject: Subject) -> Finding | None:
    """Timeouts although the answer was here."""
    failed = _of(subject, Cause.LOOP_BUSY)
    if not failed:
        return None
    early = [row.answered_ms for row in failed if row.answered_ms is not None]
    held = max((row.held_ms or 0.0 for row in failed), default=0.0)
    holders = [row.holder for row in failed if row.holder]
    holder = max(set(holders), key=holders.count) if holders else ""
    return Finding(
        id="timeout-by-loop",
        title=f"{len(failed)} requests of {subject.name} timed out although the answer had arrived",
        layer=Layer.LOOP,
        culprits=(),
        claim=(
            f"The server had sent the answer {median(early):,.0f} ms (median) before {_kinds(failed)}, but the event "
            "loop had "
            f"not read it. The loop was held for up to {held:,.0f} ms{f' by {holder}' if holder else ''}."
        ),
        evidence=(
            f"{len(failed)} requests whose answer was sent before they timed out, by the server's own log",
            f"{held:,.0f} ms in which the loop did not look for data"
            + (f", most of them in {holder}" if holder else ""),
        ),
        remedy=(
            "Raising the timeout does not help. Send fewer requests at once, or move the code that holds the loop to a "
            "thread."
        ),
        falsifier="The claim is wrong if none of them fails with a timeout twice as long and the loop as busy as before.",
        mechanism=(
            "When a busy loop looks again, the timer and the socket are both ready. The timer cancels the request "
            "before anybody "
            "reads its answer."
        ),
        pointer="When a timer fires, check the socket once more before cancelling the request.",
    )


def closed_before_use(subject: Subject) -> Finding | None:
    """The server closed connections that the client then gave to requests."""
    failed = _of(subject, Cause.CLOSED_BY_SERVER)
    stale = [row for row in failed if row.served_before]
    if not stale:
        return None
    return Finding(
        id="stale-connection",
        title=f"{len(stale)} requests of {subject.name} were sent on connections that the server had closed",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{len(stale)} requests failed with {_kinds(stale)} on connections that had served others before. The "
            "server had "
            "closed them without announcing it."
        ),
        evidence=(f"{len(stale)} connections were closed by the server first, by its own log",),
        remedy=(
            "Let the client close idle connections before the server does (keep-alive expiry), or repeat requests that "
            "are safe "
            "to repeat."
        ),
        falsifier="The claim is wrong if as many requests fail with a keep-alive expiry below the server's.",
        mechanism="A server may close an idle connection at any time. A request that is sent at that moment gets no answer.",
        pointer=(
            "Before using an idle connection, check whether its socket is readable. Repeat requests that the server "
            "never got."
        ),
    )


def _of(subject: Subject, cause: Cause) -> list[FailedRequest]:
    return [row for row in subject.client.failures if row.cause is cause]


def _kinds(failed: list[FailedRequest]) -> str:
    return ", ".join(sorted({row.error for row in failed}))
