"""Bodies of requests that go out in many small pieces: at which lines, in how many, and what the loop computes meanwhile.

A body is *cut small* where the same bytes, in pieces of ``JOINED_BYTES``, would be a small part of as many. Where the
program waited before a piece, nobody could have joined it to the one before: so each pause counts as the begin of a new
piece, and a stream whose pieces are events is not cut small, however small they are.

What counts is what the transport was given between an exchange's begin and the headers of its answer: what follows these,
such as the messages of a WebSocket, is no body.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import states_of
from clientprof.attribution.programs.answer_bounds import answer_bounds
from clientprof.attribution.programs.lane import Integers, Lane, Steps
from clientprof.attribution.programs.loops.blame import blame_by_label
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ProgramFacts

Floats = npt.NDArray[np.float64]
# A piece of this size costs little more than its bytes do; clients cut files so.
JOINED_BYTES = 65_536
_FEWEST_PIECES = 32
# So many times the pieces that there would be. HTTP/2 cuts bodies into frames of 16 kB by itself, http.client into 8 kB.
_TIMES_TOO_MANY = 10
# Who waits for so long before a piece waits for something that happens. The loop's other work is no such wait.
_PAUSE_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class SentPieces:
    """The bodies of one line and client that are cut small. ``site`` and ``client`` are places in the program's facts.

    ``requests`` stand for all of the measured time, ``seen`` are those that were seen from begin to end, of ``of`` at this
    line. ``pieces`` and ``bytes`` are means of one request. From the first piece of a body to its last, the request held the
    loop for ``held_s``, and computed for ``cpu_s`` of that; of all loops' busy time that is ``share_of_loop``.
    ``blamed_us`` is how long a ready request waited for it, mean of all.
    """

    site: int
    client: int
    requests: float
    seen: int
    of: int
    pieces: float
    bytes: float
    held_s: float
    cpu_s: float
    share_of_loop: float
    blamed_us: float

    @property
    def piece_bytes(self) -> float:
        """The mean size of a piece, with what the client and TLS add to it."""
        return self.bytes / self.pieces


@dataclass(frozen=True)
class _Pieces:
    """The pieces of a lane's exchanges, sorted by exchange and time. ``count`` and ``total`` (bytes) have one value an
    exchange, 0 of those whose pieces are not all known."""

    owner: Integers
    start: Integers
    end: Integers
    count: Integers
    total: Integers

    def of(self, exchanges: Integers) -> "_Pieces":
        """Those of some exchanges alone."""
        mine = np.isin(self.owner, exchanges)
        return _Pieces(self.owner[mine], self.start[mine], self.end[mine], self.count, self.total)

    def bounds(self) -> tuple[Integers, Integers]:
        """When the first piece began and the last was written, of each exchange; 0 of those without."""
        first, last = np.zeros(len(self.count), dtype=np.int64), np.zeros(len(self.count), dtype=np.int64)
        first[self.owner[::-1]] = self.start[::-1]
        np.maximum.at(last, self.owner, self.end)
        return first, last


@dataclass
class _Sums:
    requests: float = 0.0
    seen: int = 0
    of: int = 0
    pieces: float = 0.0
    bytes: float = 0.0
    held_ns: float = 0.0
    cpu_ns: float = 0.0
    blamed_ns: float = 0.0


def sent_pieces(facts: ProgramFacts, lanes: Sequence[Lane]) -> tuple[SentPieces, ...]:
    """All lines of the program that cut bodies small, those that take the most of the loops' time first."""
    sums: dict[tuple[int, int], _Sums] = {}
    busy_ns, exchanges = 0.0, 0.0
    for lane in lanes:
        if lane.steps is None:
            continue
        weights = WindowWeights(facts, lane)
        exchanges += float(weights.of_exchanges.at(lane.started[lane.detailed]).sum())
        busy_ns += weights.busy_ns()
        _add_lane(lane, lane.steps, weights, sums)
    found = [
        SentPieces(
            site=site,
            client=client,
            requests=each.requests,
            seen=each.seen,
            of=each.of,
            pieces=each.pieces / each.requests,
            bytes=each.bytes / each.requests,
            held_s=each.held_ns / 1e9,
            cpu_s=each.cpu_ns / 1e9,
            share_of_loop=each.held_ns / busy_ns if busy_ns else 0.0,
            blamed_us=each.blamed_ns / 1e3 / exchanges,
        )
        for (site, client), each in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: -each.held_s))


def _add_lane(lane: Lane, steps: Steps, weights: WindowWeights, sums: dict[tuple[int, int], _Sums]) -> None:
    pieces = _pieces(lane)
    cut = _cut_small(lane, steps, pieces)
    if not len(cut):
        return
    pieces = pieces.of(cut)
    whose, start, end = _own_steps(steps, *pieces.bounds())
    held = weights.weigh_held(end, (end - start).astype(np.float64))
    stands_for = weights.of_exchanges.at(lane.started)
    site, client = lane.of_exchanges("site"), lane.of_exchanges("client")
    keys = list(dict.fromkeys(zip(site[cut].tolist(), client[cut].tolist(), strict=True)))
    label = np.zeros(lane.count, dtype=np.int64)
    for number, (at, by) in enumerate(keys, start=1):
        mine = cut[(site[cut] == at) & (client[cut] == by)]
        label[mine] = number
        weight = stands_for[mine]
        entry = sums.setdefault((at, by), _Sums())
        entry.requests += float(weight.sum())
        entry.seen += len(mine)
        entry.of += int(((site == at) & (client == by))[lane.detailed].sum())
        entry.pieces += float((weight * pieces.count[mine]).sum())
        entry.bytes += float((weight * pieces.total[mine]).sum())
        held_ns = float(held[label[whose] == number].sum())
        entry.held_ns += held_ns
        entry.cpu_ns += held_ns * weights.computed_share
    # What held the loop until each instant: nothing of this until a step begins, its own until it ends.
    until = np.append(np.stack([start, end], axis=1).ravel(), steps.started[-1])
    labels = np.append(np.stack([np.zeros_like(whose), label[whose]], axis=1).ravel(), 0)
    blamed = blame_by_label(lane, weights, until, labels, len(keys) + 1)
    for number, key in enumerate(keys, start=1):
        sums[key].blamed_ns += float(blamed[number])


def _pieces(lane: Lane) -> _Pieces:
    """What was written of each exchange that was seen from begin to end."""
    owner, start, end, size = (
        lane.integers(f"write.{name}") for name in ("exchange", "started_ns", "ended_ns", "bytes")
    )
    known = np.zeros(lane.count, dtype=np.bool_)
    if len(size) == len(owner):  # older recordings say nothing of sizes
        known[lane.detailed[~lane.blocking[lane.detailed]]] = True
    until = lane.ended.copy()
    headers = lane.integers("mark.kind") == Mark.HEADERS
    at, whose = lane.integers("mark.at_ns")[headers], lane.integers("mark.exchange")[headers]
    inside = (whose >= 0) & (whose < lane.count)
    np.minimum.at(until, whose[inside], at[inside])
    mine = (owner >= 0) & (owner < lane.count)
    owner, start, end = owner[mine], start[mine], end[mine]
    size = size[mine] if len(size) else np.full(len(owner), -1, dtype=np.int64)
    known[owner[size < 0]] = False
    mine = known[owner] & (start <= until[owner])
    owner, start, end, size = owner[mine], start[mine], end[mine], size[mine]
    order = np.lexsort((start, owner))
    count, total = np.bincount(owner, minlength=lane.count), np.bincount(owner, size, lane.count)
    return _Pieces(owner[order], start[order], end[order], count, total.astype(np.int64))


def _cut_small(lane: Lane, steps: Steps, pieces: _Pieces) -> Integers:
    """The exchanges whose bodies are cut small."""
    needed = 1.0 + pieces.total / JOINED_BYTES
    maybe = np.flatnonzero((pieces.count >= _FEWEST_PIECES) & (pieces.count >= _TIMES_TOO_MANY * needed))
    if not len(maybe):
        return maybe
    pieces = pieces.of(maybe)
    ready = ready_since(lane.run, answer_bounds(lane).here_ns)
    states = states_of(steps.started, ready, lane.integers("step.owner"))
    owner, since, until = pieces.owner[1:], pieces.end[:-1], pieces.start[1:]
    same = owner == pieces.owner[:-1]
    owner, since, until = owner[same], since[same], until[same]
    waited = until - since
    for each in (states.running, states.ready):
        waited = waited - (each.length_until(owner, until) - each.length_until(owner, since))
    needed += np.bincount(owner[waited > _PAUSE_NS], minlength=lane.count)
    found: Integers = maybe[pieces.count[maybe] >= _TIMES_TOO_MANY * needed[maybe]]
    return found


def _own_steps(steps: Steps, first: Integers, last: Integers) -> tuple[Integers, Integers, Integers]:
    """Owner, start and end of the steps of exchanges while these send their bodies: ``first`` and ``last`` say when each
    began to and was done, 0 of all others."""
    owner, begin, end = steps.owner, steps.started[:-1], steps.started[1:]
    mine = (owner >= 0) & (owner < len(first))
    owner, begin, end = owner[mine], begin[mine], end[mine]
    begin, end = np.maximum(begin, first[owner]), np.minimum(end, last[owner])
    inside = begin < end
    return owner[inside], begin[inside], end[inside]
