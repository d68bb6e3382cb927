"""How many of the requests that were started at once are on the wire at once, and clients that differ in it.

Over HTTP/1.1 a connection carries one request at a time, so as many are in flight as connections are open, at most as many
as were asked for. The origin counts them: requests that it has received and not answered would not do, because it answers
small requests before it reads the next. Measured with 512 GETs at once: aiohttp and httpx have 100 in flight, niquests and
curl_cffi 10, pyreqwest 71, rnet 512. Over HTTP/2 a connection
carries many, and the server's own stamps tell which: a request is in flight from when it came to the server until the last
byte of its answer is in the client's hands (where that is not stamped, until the call returns, which is later). A client
with ten in flight and one with a hundred put different loads on a server.

Threads need not come to as many as they are: a thread whose answer is here before another has begun hands its connection
on. Measured with 64 threads on a fast server, requests has 25 to 64 connections open, from round to round, and with a server
that holds its answers always 64. niquests has 10 in each case, also with 512 threads: its pool has no more. So a number that
is the same in every run is the client's, and one that is not is chance; a client by chance above another one's bound in
every run differs from it all the same.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from clientprof.attribution.costs.headline import exchanges_of
from clientprof.model.findings import Notice
from clientprof.model.phases import Mark
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult, InFlight
from clientprof.model.run import RoundKind, Run

# More than that apart, the clients did not bear the same load.
APART = 1.10
# Runs that come to the same number by chance are few. One thread more or less is how they were started.
_ENOUGH_RUNS = 3
_ONE_THREAD = 1


def in_flight_of(recording: Recording, client: str) -> InFlight | None:
    """The most that the client had in flight, None where that is not known."""
    known = [
        run for run in recording.runs if run.facts.client == client and run.facts.origin and run.facts.origin.requests
    ]
    over_http2 = [run for run in known if run.facts.origin and run.facts.origin.http2_requests]
    found = [_by_connections(run) for run in known if run not in over_http2]
    if not found:
        # Where the end of an answer is stamped, that is nearer than the end of the call.
        marked = [run for run in over_http2 if len(run.column("mark.at_ns"))]
        found = [each for run in marked or over_http2 if (each := _by_streams(run))[1]]
    if not found or _at_a_rate(recording):
        return None
    asked, most, measured = (max(column) for column in zip(*found, strict=True))
    told = max((run.facts.origin.http2_streams for run in over_http2 if run.facts.origin), default=0)
    least = None
    if any(in_threads(run.facts.loop) for run in known):
        least = min(run_most for _, run_most, _ in found) if len(found) >= _ENOUGH_RUNS else 0
    return InFlight(asked, most, measured, streams=bool(over_http2), allowed=told or None, least=least)


def in_threads(loop: str) -> bool:
    """Whether that is the ``loop`` of a blocking client in several threads."""
    return loop.startswith("none: ") and loop.endswith("threads")


def _asked(run: Run) -> int:
    return run.facts.concurrency or run.facts.requests_per_round


def _by_connections(run: Run) -> tuple[int, int, int]:
    """Asked for at once, the most ever, the most in warm rounds."""
    truth, asked = run.facts.origin, _asked(run)
    assert truth is not None
    measured = min(asked, truth.max_connections)
    return asked, max(measured, min(asked, truth.max_connections_before)), measured


def _by_streams(run: Run) -> tuple[int, int, int]:
    asked = _asked(run)
    streams = min(asked, _streams_at_once(run))
    return asked, streams, streams


def _streams_at_once(run: Run) -> int:
    """The most requests that the server had received and the client not ended, in warm rounds; 0 without stamps."""
    inside = exchanges_of(run, RoundKind.MEASURED)
    came, ended = (np.asarray(run.column(f"exchange.{name}"), dtype=np.int64) for name in ("received_ns", "ended_ns"))
    if len(came) != len(ended) or not len(inside):
        return 0
    done, exchange = (np.asarray(run.column(f"mark.{name}"), dtype=np.int64) for name in ("at_ns", "exchange"))
    last = (np.asarray(run.column("mark.kind")) == Mark.DONE) & (exchange >= 0) & (exchange < len(ended))
    ended = ended.copy()
    ended[exchange[last]] = done[last]
    came, ended = came[inside], ended[inside]
    stamped = (came > 0) & (ended > came)
    at = np.concatenate([ended[stamped], came[stamped]])
    change = np.repeat([-1, 1], int(stamped.sum()))
    # Of two at one instant the end counts first.
    return int(np.cumsum(change[np.argsort(at, kind="stable")]).max(initial=0))


def unequal_in_flight(recording: Recording, clients: Sequence[ClientResult]) -> tuple[str, ...]:
    """Sentences that forbid a verdict, unless its user wants one all the same."""
    if recording.manifest.forced:
        return ()
    return tuple(_unequal(recording, clients))


def in_flight_notices(recording: Recording, clients: Sequence[ClientResult]) -> Iterator[Notice]:
    """Clients that differ from the baseline, and clients that use fewer connections than they may in warm rounds."""
    advice = "--force gives a verdict all the same; --limit makes clients equal that have one."
    for text in _unequal(recording, clients):
        yield Notice("in-flight-differs", f"{text[:1].upper()}{text[1:]}.", advice)
    for client in clients:
        flight = client.in_flight
        if flight is not None and flight.least is None and flight.most > APART * flight.measured:
            yield Notice(
                "fewer-in-flight",
                f"{client.name} had up to {flight.most:,} requests in flight while it opened its connections, and at most "
                f"{flight.measured:,} in the warm rounds.",
                "It has closed connections, or gives requests to connections that are in use.",
            )


def _unequal(recording: Recording, clients: Sequence[ClientResult]) -> Iterator[str]:
    base = next((client for client in clients if client.name == recording.manifest.baseline), None)
    if base is None or base.in_flight is None:
        return
    for client in clients:
        if client.in_flight is not None and _apart(client.in_flight, base.in_flight):
            ours, theirs = client.in_flight, base.in_flight
            yield (
                f"of {ours.asked:,} requests started at once {client.name} has {ours.most:,} in flight, "
                f"{base.name} {theirs.most:,}"
            )


def _apart(one: InFlight, other: InFlight) -> bool:
    """Whether the lower of the two is a bound, and the other surely beyond it."""
    low, high = sorted((one, other), key=lambda flight: flight.most)
    if not low.bounded or low.asked != high.asked:
        return False
    spare = 0 if high.least is None else _ONE_THREAD
    return high.sure > APART * low.most and high.sure > low.most + spare


def _at_a_rate(recording: Recording) -> bool:
    labels = (value for _, name, value in recording.manifest.workload if name.startswith(("scenario", "load of ")))
    return any(part.startswith("rate=") for label in labels for part in label.split("/"))
