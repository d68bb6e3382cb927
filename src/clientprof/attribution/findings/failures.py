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
        title=f"{subject.name} closed {len(failed)} connections under requests that it had given them to",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{len(failed)} requests failed with {_kinds(failed)} because the client itself closed their connection, which "
            f"it had given to the request{before}. The server closed none of them, by its own log."
        ),
        evidence=(
            f"{len(failed)} connections that the client closed first, before their request had its answer",
            f"{reused} of them had served requests before",
        ),
        remedy=(
            "Raise the limits of connections and of idle ones above the number of hosts, so that the pool need not close "
            "any; or repeat requests that are safe to repeat."
        ),
        falsifier="With limits above the number of hosts, as many requests fail.",
        mechanism=(
            "A pool that is full closes a connection which looks idle. Between giving it to a request and that request's "
            "first byte it still looks idle, and another request's pass over the pool takes it down."
        ),
        pointer="Mark a connection as taken in the moment in which it is given out, not when the request is written.",
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
        title=f"{len(failed)} timeouts of {subject.name} ran out although the answer was here",
        layer=Layer.LOOP,
        culprits=(),
        claim=(
            f"The server had sent the answer {median(early):,.0f} ms (median) before {_kinds(failed)}; the event loop had "
            f"not read it. It was held for up to {held:,.0f} ms{f' by {holder}' if holder else ''}."
        ),
        evidence=(
            f"{len(failed)} requests whose answer was written before their clock ran out, by the server's own log",
            f"{held:,.0f} ms without a look for data" + (f", most of it in {holder}" if holder else ""),
        ),
        remedy="Do not raise the timeout: give the loop less to do at once, or take what holds it out of the loop.",
        falsifier="With a timeout twice as long and the loop as busy, none of them fails.",
        mechanism=(
            "A timer and a socket become ready in the same turn of a loop that was busy. Timers that are due cancel the "
            "request before anybody reads its answer."
        ),
        pointer="When a timer fires, look at the socket once more before giving the request up.",
    )


def closed_before_use(subject: Subject) -> Finding | None:
    """The server closed connections that the client then gave to requests."""
    failed = _of(subject, Cause.CLOSED_BY_SERVER)
    stale = [row for row in failed if row.served_before]
    if not stale:
        return None
    return Finding(
        id="stale-connection",
        title=f"{len(stale)} requests of {subject.name} went out on connections that the server had closed",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{len(stale)} requests failed with {_kinds(stale)} on connections that had served others before and that the "
            "server closed without an announcement."
        ),
        evidence=(f"{len(stale)} connections closed by the server first, by its own log",),
        remedy=(
            "Keep idle connections for less time than the server does (keep-alive expiry), or let the client repeat "
            "requests that are safe to repeat."
        ),
        falsifier="With a keep-alive expiry below the server's, as many requests fail.",
        mechanism="A server may close an idle connection at any time; a request written meanwhile gets no answer.",
        pointer="Look whether the socket is readable before using an idle connection, and repeat what the server never had.",
    )


def _of(subject: Subject, cause: Cause) -> list[FailedRequest]:
    return [row for row in subject.client.failures if row.cause is cause]


def _kinds(failed: list[FailedRequest]) -> str:
    return ", ".join(sorted({row.error for row in failed}))
