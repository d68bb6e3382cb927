"""From marks to phases: each exchange's time cut into labelled segments that follow each other without a gap.

Theory of operation. The events of one exchange, in order of time, drive a small state machine; a segment takes the phase
that was in force. What an event means depends on what follows: a connection handed out is "in hand" only if a request is
then written on it; if it is handed out again first, the wait for the pool was not over. So later events may relabel the
last segments. Time before the first known mark and after an unknown one is ``unattributed``, never guessed.
"""

from array import array
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.model.phases import Mark, Phase

Segment = tuple[Phase, int, int]
PHASES = tuple(Phase)
Integers = npt.NDArray[np.int64]
SegmentColumns = tuple[Integers, Integers, Integers, Integers]
"""Owner, phase (places in ``PHASES``), start and end of segments, nanoseconds, in order of owner and time."""


class SegmentTable:
    """Segments of many exchanges as columns, 8 bytes a value; ``phase`` holds places in ``PHASES``."""

    def __init__(self) -> None:
        self.owner, self.phase, self.start, self.end = array("q"), array("q"), array("q"), array("q")

    def extend(self, owner: int, segments: Iterable[Segment]) -> None:
        """Add one exchange's segments; exchanges must come in order of their numbers."""
        for phase, start, end in segments:
            self.owner.append(owner)
            self.phase.append(_PLACE[phase])
            self.start.append(start)
            self.end.append(end)

    def columns(self) -> SegmentColumns:
        """All of them, to compute with."""
        owner, phase, start, end = (
            np.asarray(column, dtype=np.int64) for column in (self.owner, self.phase, self.start, self.end)
        )
        return owner, phase, start, end


_PLACE = {phase: place for place, phase in enumerate(PHASES)}

_CONNECTING = (Phase.DNS, Phase.CONNECT, Phase.TLS)
_UNSURE = (Phase.SEND, Phase.WAIT)


def cut(
    started_ns: int,
    ended_ns: int,
    events: Iterable[tuple[int, int]],
    stamps: ServerStamps | None,
    known: KnownMarks,
    *,
    answered: bool = True,
) -> list[Segment]:
    """Phases of one exchange as (phase, start, end) in nanoseconds, contiguous from ``started_ns`` to ``ended_ns``.

    ``events`` are (time, Mark or Event) in order of time; those outside the exchange's time are clamped into it.
    ``answered`` is False for an exchange that failed: then a connection in hand on which nothing was written was not the
    last word of the pool, and leaving the function that returns the headers does not mean that there were any.
    """
    segments: list[Segment] = []
    phase = Phase.PREPARE if known.pool else Phase.UNATTRIBUTED
    since = started_ns

    def close(at: int) -> None:
        nonlocal since
        at = min(max(at, since), ended_ns)
        if at > since:
            segments.append((phase, since, at))
        since = at

    def relabel(new: Phase, before: tuple[Phase, ...] = _UNSURE) -> None:
        for index in range(len(segments) - 1, -1, -1):
            if segments[index][0] not in before:
                return
            segments[index] = (new, *segments[index][1:])

    def settle(new: Phase) -> None:
        before = next((s[0] for s in reversed(segments) if s[0] not in _UNSURE), Phase.POOL)
        relabel(before if before in _CONNECTING else new)

    early: int | None = None
    # Of a client without a pool, nothing stands between the call and the connection.
    in_hand: tuple[Phase, ...] = (Phase.SEND,)
    for at, kind in events:
        if kind == Mark.CALL:
            in_hand = (Phase.SEND, Phase.PREPARE)
        following = _next_phase(phase, kind, at, stamps, known)
        if following is None:
            early = at if kind == Event.READ and phase is Phase.WAIT else early
            continue
        if kind == Mark.HEADERS and phase is Phase.WAIT and early is not None and stamps and at < stamps.written_ns:
            close(early)  # headers before the stamped response: what was read was a redirect, not a session ticket
            phase = Phase.HEADERS
        early = None
        if kind == Mark.HEADERS and not answered and phase is not Phase.HEADERS:
            following = Phase.RELEASE
        if kind == Mark.HEADERS and phase in in_hand and answered:
            # Written and answered on a connection whose writes nobody sees (on trio, one that was open before somebody
            # attached): handing over some bytes is the least of it.
            phase = Phase.WAIT
        close(at)
        if kind in _SETTLES:
            settle(_SETTLES[kind])
        elif phase is Phase.SEND and following is not Phase.WAIT and not answered:
            settle(Phase.POOL)
        elif kind == Mark.DONE and phase is Phase.RELEASE:
            # A connection that is shared was given back before, with the headers; only now the body has been read.
            relabel(Phase.BODY, (Phase.RELEASE,))
        elif kind == Event.WRITE and segments and phase is Phase.WAIT:
            segments[-1] = (Phase.SEND, *segments[-1][1:]) if segments[-1][0] is Phase.WAIT else segments[-1]
        phase = following
    close(ended_ns)
    if phase is Phase.SEND and not answered:
        settle(Phase.POOL)
    return _split_waits(segments, stamps, known)


def _next_phase(phase: Phase, kind: int, at: int, stamps: ServerStamps | None, known: KnownMarks) -> Phase | None:
    """The phase that begins with this event; None if the event changes nothing here."""
    if kind == Event.WRITE:
        return None if phase in _CONNECTING or phase in (Phase.HEADERS, Phase.BODY, Phase.RELEASE) else Phase.WAIT
    if kind == Event.READ:
        early = stamps is not None and at < stamps.written_ns  # TLS session tickets, not the response
        if phase is not Phase.WAIT or early:
            return None
        return Phase.HEADERS if known.headers else Phase.UNATTRIBUTED
    if kind == Mark.HEADERS:
        return Phase.BODY if known.done else Phase.UNATTRIBUTED
    if kind == Mark.RELEASED:
        return Phase.RELEASE if phase is Phase.RELEASE else None
    following = _AFTER_MARK.get(kind)
    return Phase.WAIT if following is Phase.SEND and not known.transport else following


# Marks that show that an unsure segment before them was not yet the sending: what it was instead.
_SETTLES: dict[int, Phase] = {
    Mark.POOL_ACQUIRED: Phase.POOL,
    Mark.DNS_START: Phase.CONNECT,
    Mark.TCP_START: Phase.CONNECT,
    Mark.TLS_START: Phase.CONNECT,
    Mark.TLS_END: Phase.CONNECT,
}

_AFTER_MARK: dict[int, Phase] = {
    Mark.POOL_ENQUEUE: Phase.POOL,
    Mark.POOL_ACQUIRED: Phase.SEND,
    Mark.DNS_START: Phase.DNS,
    Mark.DNS_END: Phase.CONNECT,
    Mark.TCP_START: Phase.CONNECT,
    Mark.TCP_END: Phase.SEND,
    Mark.TLS_START: Phase.TLS,
    Mark.TLS_END: Phase.SEND,
    Mark.DONE: Phase.RELEASE,
}


def _split_waits(segments: list[Segment], stamps: ServerStamps | None, known: KnownMarks) -> list[Segment]:
    """Replace the wait for the response by uplink, server, downlink and loop, or by as much as is known."""
    if stamps is None:
        return segments
    # The stamps are the last response's; a server on another core may answer before the write call has returned.
    last = next((n for n in range(len(segments) - 1, -1, -1) if segments[n][0] is Phase.WAIT), None)
    if last is None or stamps.written_ns > segments[last][2]:
        return segments
    _, position, end = segments[last]
    parts: list[Segment] = []
    around = (Phase.UPLINK, Phase.DOWNLINK, Phase.LOOP) if known.transport else (Phase.WAIT, Phase.WAIT, Phase.WAIT)
    for part, until in (
        (around[0], stamps.received_ns),
        (Phase.SERVER, stamps.written_ns),
        (around[1], stamps.wake_ns),
        (around[2], end),
    ):
        until = min(max(until, position), end)
        if until > position:
            parts.append((part, position, until))
        position = until
    return segments[:last] + parts + segments[last + 1 :]
