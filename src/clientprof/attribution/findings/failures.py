"""Requests that failed of the client's own doing: connections closed under them, clocks that ran out on the loop."""

from statistics import median

from clientprof.attribution.findings.expiry import keep_idle
from clientprof.attribution.findings.subject import Subject
from clientprof.model.failures import Cause, FailedRequest, Goaways
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_REPEAT = "Repeat requests that are safe to repeat."
_ROOM_TEXT = (
    "Set the connection limit and the keep-alive limit above the number of hosts, so that the pool closes none for lack "
    "of room."
)
_ROOM = (Turn(Knob.CONNECTIONS, Way.UP, _ROOM_TEXT), Turn(Knob.KEPT, Way.UP, _ROOM_TEXT))
_NO_LONGER = Turn(Knob.TIMEOUT, Way.NOT_UP, "Raising the timeout does not help.")
_FEWER = Turn(Knob.REQUESTS, Way.DOWN, "Send fewer requests at once.")
# What had been idle for so long is closed by a clock.
_A_CLOCKS_MS = 1_000.0
_EXPIRES = "A pool closes connections that have been idle for longer than its keep-alive expiry. "


def closed_under_a_request(subject: Subject) -> Finding | None:
    """The client closed connections that it had given to requests."""
    failed = _of(subject, Cause.CLOSED_BY_CLIENT)
    if not failed:
        return None
    given = [row.given_ms - row.closed_ms for row in failed if row.given_ms is not None and row.closed_ms is not None]
    before = f" {median(given):,.0f} ms before (median)" if given else ""
    reused = sum(bool(row.served_before) for row in failed)
    idle = [row.idle_ms for row in failed if row.idle_ms is not None]
    turn = keep_idle(subject) if idle and median(idle) >= _A_CLOCKS_MS else None
    turns = _ROOM if turn is None else (turn,)
    return Finding(
        id="closed-under-a-request",
        title=f"{subject.name} closed {_many(len(failed), 'connection')} that requests were using",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{_many(len(failed), 'request')} failed with {_kinds(failed)}, because the client itself closed the connection "
            "that it had "
            f"given them{before}. By its own log, the server closed none of these."
        ),
        evidence=(
            f"{_many(len(failed), 'connection')} that the client closed first, before the request had its answer",
            f"{reused} of them had served requests before",
            *([f"these had been idle for {min(idle) / 1e3:,.1f} s or more when they were closed"] if turn else []),
            *_how_often(subject),
        ),
        remedy=f"{turns[0].text} {_REPEAT}",
        turns=turns,
        falsifier="The claim is wrong if as many requests fail with "
        + ("limits above the number of hosts." if turn is None else "a keep-alive expiry ten times as long."),
        mechanism=(
            ("A pool that is full closes a connection that looks idle. " if turn is None else _EXPIRES)
            + "A connection still looks idle after it was given to a request and before that request writes its first byte. "
            "The pool's pass for another request closes it then."
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
        title=f"{_many(len(failed), 'request')} of {subject.name} timed out although the answer had arrived",
        layer=Layer.LOOP,
        culprits=(),
        claim=(
            f"The server had sent the answer {median(early):,.0f} ms (median) before {_kinds(failed)}, but the event "
            "loop had "
            f"not read it. The loop was held for up to {held:,.0f} ms{f' by {holder}' if holder else ''}."
        ),
        evidence=(
            f"{_many(len(failed), 'request')} whose answer was sent before the timeout, by the server's own log",
            f"{held:,.0f} ms in which the loop did not look for data"
            + (f", most of them in {holder}" if holder else ""),
            *_how_often(subject),
        ),
        remedy=f"{_NO_LONGER.text} {_FEWER.text} Or move the code that holds the loop to a thread.",
        turns=(_NO_LONGER, _FEWER),
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
    closings = subject.client.closings
    turn = keep_idle(subject) if closings is not None and closings.by_server.idle else None
    return Finding(
        id="stale-connection",
        title=f"{_many(len(stale), 'request')} of {subject.name} failed on connections that the server had closed",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"{_many(len(stale), 'request')} failed with {_kinds(stale)} on connections that had served others before. The "
            "server had "
            "closed them without announcing it."
        ),
        evidence=(
            f"{_many(len(stale), 'connection')} closed first by the server, by its own log",
            *_how_often(subject),
        ),
        remedy=_REPEAT if turn is None else f"{turn.text} {_REPEAT}",
        turns=() if turn is None else (turn,),
        falsifier="The claim is wrong if as many requests fail with "
        + ("a server that keeps them open." if turn is None else "a keep-alive expiry below the server's."),
        mechanism="A server may close an idle connection at any time. A request that is sent at that moment gets no answer.",
        pointer=(
            "Before using an idle connection, check whether its socket is readable. Repeat requests that the server "
            "never got."
        ),
    )


def goaway(subject: Subject) -> Finding | None:
    """The server said GOAWAY on connections of HTTP/2 that requests were on."""
    counts = subject.client.goaways
    if counts is None:
        return None
    failed = [row for row in subject.client.failures if row.goaway]
    unwritten = sum(row.connection is None and row.cause is Cause.UNKNOWN for row in subject.client.failures)
    return Finding(
        id="goaway",
        title=f"{_many(counts.failed, 'request')} of {subject.name} failed because the server said GOAWAY",
        layer=Layer.POOL,
        culprits=(),
        claim=(
            f"The server ended {_many(counts.connections, 'HTTP/2 connection')} with GOAWAY, each after "
            f"{counts.taken / counts.connections:,.0f} requests (mean). {_many(counts.failed, 'request')} on them failed "
            f"with {_kinds(failed)}. The server answered {counts.answered:,} of the {counts.taken:,} requests that it had "
            f"taken there.{_lost(counts)}"
        ),
        evidence=(
            f"{_many(counts.failed, 'request')} on {_many(counts.connections, 'connection')} that the server closed first, "
            "by its own log",
            *(
                [f"{unwritten:,} more failed before they were written, so nobody knows on which connection"]
                if unwritten
                else []
            ),
            *_how_often(subject),
        ),
        remedy=(
            "Repeat requests that are safe to repeat when they fail with this error. If the server is yours, let it serve "
            "more requests on a connection before it ends it."
        ),
        falsifier="The claim is wrong if as many requests fail with a server that does not end its connections.",
        mechanism=(
            "GOAWAY names the last request that the server has taken. The server still answers that one and those before "
            "it. It never had later ones, so sending these again is always safe (RFC 9113, 6.8). One connection of HTTP/2 "
            "carries all requests to a host: a client that gives it up at once fails many of them."
        ),
        pointer=(
            "After GOAWAY read on until the requests up to its last stream have their answers, and send later ones again on "
            "another connection."
        ),
    )


def _lost(counts: Goaways) -> str:
    if counts.lost is None:
        return ""
    never = counts.failed - counts.lost
    return (
        f" So {counts.lost:,} failed although the server answered them, and {never:,} never reached it or were not taken."
        if counts.lost
        else " None of the failed ones was among these."
    )


def _how_often(subject: Subject) -> tuple[str, ...]:
    """That a run in which more fails than usually tells why, but not how often."""
    control = subject.client.control
    if not subject.client.failures_disturbed or control is None:
        return ()
    of = control.ok + sum(control.errors.values())
    return (
        "under the ledger lens, which watched these, more requests fail than without it "
        f"({sum(control.errors.values()):,} of {of:,}): they show why requests fail, not how many",
    )


def _of(subject: Subject, cause: Cause) -> list[FailedRequest]:
    return [row for row in subject.client.failures if row.cause is cause]


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _kinds(failed: list[FailedRequest]) -> str:
    return ", ".join(sorted({row.error for row in failed}))
