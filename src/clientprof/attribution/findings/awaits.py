"""Requests that wait for nothing they need: a sleep in their path, or a lock, an event, a future of the client's own."""

from collections.abc import Sequence

from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.results import ClientResult, InFlight

SLEEPS = ("asyncio.tasks.sleep", "trio._timeouts.sleep", "trio._timeouts.sleep_until", "anyio._core._eventloop.sleep")
# Of a request's wall time; the whole interval must lie above. Locks are contended a little in sound clients too: 1.4 % of
# the wall time at most in httpx 0.28, on 2 cores.
_SMALLEST_SLEEP = 0.01
_SMALLEST_WAIT = 0.05
_TIMES_THE_BASELINE = 3
_MORE_THAN_STREAMS = 1.1
_BEFORE_SENT = (Phase.POOL, Phase.SEND)
# Where a connection given out twice is waited for: at its locks, by those who have it in hand and those who give it back.
_PHASES_IN_HAND = (Phase.POOL, Phase.SEND, Phase.RELEASE)
_NOT_SHORTER = Turn(Knob.REQUESTS, Way.NOT_UP, "Sending more requests at once does not shorten it.")
_STREAMS = (
    Turn(Knob.REQUESTS, Way.DOWN, "Make no more requests at once than the connection has streams."),
    Turn(Knob.CLIENTS, Way.UP, "Or use several clients, each with a connection of its own."),
)
_SHARED = (
    Turn(Knob.REQUESTS, Way.DOWN, "If all of them share it, send fewer requests at once."),
    Turn(Knob.CLIENTS, Way.UP, "Or use several clients."),
)


def sleep_in_request(subject: Subject) -> Finding | None:
    """A function of the client sleeps while its caller waits for the answer."""
    rows = [row for row in _awaited(subject.client) if row.by in SLEEPS and _share_at_least(row) > _SMALLEST_SLEEP]
    if not rows:
        return None
    most = rows[0]
    return Finding(
        id="sleep-in-request",
        title=f"{most.module}.{most.function} sleeps during every request",
        layer=most.layer,
        culprits=subject.culprits(rows[:2]),
        claim=f"It sleeps for {spent(most.us_per_request)}, {percent(most.share)} of the wall time of a request.",
        evidence=_evidence(rows),
        remedy=(
            "Find the setting that makes it sleep (a retry's back-off, a rate limit, a poll) and turn it off, or use a "
            f"version without it. {_NOT_SHORTER.text}"
        ),
        turns=(_NOT_SHORTER,),
        falsifier="The claim is wrong if a single request takes as long without that sleep.",
        mechanism=(
            "A sleep uses no CPU, so no CPU profile shows it, and the event loop serves other requests meanwhile. But the "
            "request that sleeps is late by all of it."
        ),
        pointer="Wait for what is to happen (an event, a future, the socket) instead of sleeping.",
        off_cpu_us_per_request=most.us_per_request.value,
    )


def stream_limit(subject: Subject) -> Finding | None:
    """Over HTTP/2 a connection carries so many requests at once, by a setting of the server or the client; more are made."""
    rows, flight = _for_a_stream(subject), subject.client.in_flight
    if not rows or flight is None:
        return None
    most = rows[0]
    return Finding(
        id="stream-limit",
        title=f"Requests wait for an HTTP/2 stream: {flight.most:,} of {flight.asked:,} are under way at once",
        layer=most.layer,
        culprits=subject.culprits(rows[:2]),
        claim=(
            f"A request waits in {most.module}.{most.function} for {spent(most.us_per_request)}, {percent(most.share)} of "
            f"its wall time, until an earlier one on its connection has ended.{_whose_limit(flight)}"
        ),
        evidence=(
            *_evidence(rows),
            *(
                []
                if flight.allowed is None
                else [f"MAX_CONCURRENT_STREAMS = {flight.allowed:,} in the server's SETTINGS"]
            ),
        ),
        remedy=(
            " ".join(turn.text for turn in _STREAMS)
            + ("" if _of_the_client(flight) else " A server that is yours can allow more (MAX_CONCURRENT_STREAMS).")
        ),
        turns=_STREAMS,
        falsifier=f"With {flight.most:,} requests at once, a request still waits there.",
        mechanism=(
            "HTTP/2 sends all requests to a host over one connection. The server says how many may be open on it at once, "
            "clients have a bound of their own (often 100), and the smaller one holds: what comes later stands in line."
        ),
        pointer="Open another connection where all streams of the first are taken.",
        off_cpu_us_per_request=most.us_per_request.value,
    )


def _of_the_client(flight: InFlight) -> bool:
    """Whether the server allows more than the client makes of it."""
    return flight.allowed is not None and flight.allowed > _MORE_THAN_STREAMS * flight.most


def _whose_limit(flight: InFlight) -> str:
    """What the server told about its limit, and whether it is the one that holds."""
    if flight.allowed is None:
        return ""
    if _of_the_client(flight):
        return (
            f" The server allows {flight.allowed:,} on a connection (its SETTINGS); no more than {flight.most:,} were under "
            "way, so the bound is the client's own."
        )
    if flight.most > _MORE_THAN_STREAMS * flight.allowed:
        return (
            f" The server allows {flight.allowed:,} on a connection (its SETTINGS); the client has several connections."
        )
    return f" The server allows {flight.allowed:,} on a connection (its SETTINGS), and that is the bound."


def wait_in_request(subject: Subject) -> Finding | None:
    """Requests wait for a lock, an event or a future, where neither a connection, the network nor the server explains it."""
    for_a_stream = _for_a_stream(subject)
    rows = [row for row in _unexplained(subject.client) if _share_at_least(row) > _SMALLEST_WAIT]
    rows = [row for row in rows if row not in for_a_stream]
    if not _one_connection_each(subject):
        rows = [row for row in rows if row.phase not in _PHASES_IN_HAND]
    if not rows:
        return None
    most = rows[0]
    baseline_us = sum(row.us_per_request.value for row in _unexplained(subject.baseline))
    if _TIMES_THE_BASELINE * baseline_us > most.us_per_request.value:
        return None
    what = most.by or "a future"
    return Finding(
        id="wait-in-request",
        title=f"Requests wait in {most.module}.{most.function}, but not for a connection or the server",
        layer=most.layer,
        culprits=subject.culprits(rows[:2]),
        claim=(
            f"A request waits there in {what} for {spent(most.us_per_request)}, {percent(most.share)} of its wall time. It "
            "waits for "
            "the client itself: no connection, no data and no server is involved."
        ),
        evidence=_evidence(rows),
        remedy=f"Find out what the requests wait for. {' '.join(turn.text for turn in _SHARED)}",
        turns=_SHARED,
        falsifier="The claim is wrong if a request waits there as long when it is alone.",
        mechanism=(
            "Requests that take turns at a lock, a semaphore or an event are served one after the other, however many "
            "connections there are."
        ),
        pointer="Hold the lock for a shorter time, or use one for each connection instead of one for all.",
        off_cpu_us_per_request=most.us_per_request.value,
    )


def _awaited(client: ClientResult) -> list[OffCpuCost]:
    """The waits that have a function, the longest first."""
    return [row for row in client.off_cpu if row.kind is OffCpu.AWAITED and row.function]


def _unexplained(client: ClientResult | None) -> list[OffCpuCost]:
    if client is None:
        return []
    return [row for row in _awaited(client) if not row.explained and row.by not in SLEEPS]


def _for_a_stream(subject: Subject) -> list[OffCpuCost]:
    """Waits before a request is sent, over HTTP/2, where fewer are under way at once than were asked for.

    Not those at a lock: there requests take turns at the connection itself.
    """
    flight = subject.client.in_flight
    if flight is None or not flight.streams or flight.asked <= _MORE_THAN_STREAMS * flight.most:
        return []
    waits = [row for row in _unexplained(subject.client) if row.phase in _BEFORE_SENT and "lock" not in row.by.lower()]
    return [row for row in waits if _share_at_least(row) > _SMALLEST_WAIT]


def _share_at_least(row: OffCpuCost) -> float:
    """The lower end of the interval as a share of a request's wall time; 0 where that is not known."""
    cost = row.us_per_request
    return 0.0 if cost.low is None or row.share is None or cost.value <= 0 else row.share * cost.low / cost.value


def _one_connection_each(subject: Subject) -> bool:
    """Whether connections were counted and each request was given one once: a pool that gives them out twice has a finding
    of its own, and what is waited for at their locks is part of it."""
    return subject.counter("assignments_per_request") is not None and not subject.exceeds(
        "assignments_per_request", 1.05
    )


def _evidence(rows: Sequence[OffCpuCost]) -> tuple[str, ...]:
    return tuple(
        f"{row.module}.{row.function} waited {spent(row.us_per_request)}"
        + (f" in {row.by}" if row.by else "")
        + ("" if row.phase is None else f", most of it in phase {row.phase}")
        + f"; {row.us_per_request.n:,} requests were watched"
        for row in rows[:3]
    )
