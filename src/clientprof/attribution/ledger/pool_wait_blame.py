"""Waiting for a connection, cascaded: what did those who held the connections do meanwhile? (wPerf, OSDI 2018)

A request that waits in the pool's queue waits for the holders of connections. At every instant a holder is runnable (then
the loop's current layer keeps it, and everybody behind it) or waits itself, for the server, the network or for connecting.
Each instant of a queue's wait is split evenly over the holders of that instant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.model.ledger.accounts import HolderWait
from clientprof.model.phases import Phase
from clientprof.stats.distinct import distinct

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What a holder that is not runnable waits for, by its phase.
_CAUSES: dict[Phase, HolderWait] = {
    Phase.UPLINK: HolderWait.NETWORK,
    Phase.SERVER: HolderWait.SERVER,
    Phase.DOWNLINK: HolderWait.NETWORK,
    Phase.WAIT: HolderWait.SERVER,
    Phase.DNS: HolderWait.CONNECTING,
    Phase.CONNECT: HolderWait.CONNECTING,
    Phase.TLS: HolderWait.CONNECTING,
}
_WAITS = tuple(HolderWait)
_EXPLAINS = (HolderWait.SERVER, HolderWait.NETWORK, HolderWait.CONNECTING)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Half-open intervals [start, end) in nanoseconds, of any owners, overlapping freely."""

    start: Integers
    end: Integers


def queue_cascade(
    queued: Intervals, holding: Intervals, blocked: Intervals, blocked_phase: Integers, loop_time: LoopTime
) -> dict[str, float]:
    """Nanoseconds of all queued intervals by what the holders did: layer names, and the waits in ``HolderWait``.

    ``holding`` are the times requests hold a connection, ``blocked`` the parts of those in which the holder waits itself,
    in the phases ``blocked_phase`` (places in ``PHASES``). The values add up to the length of ``queued``.
    """
    if not len(queued.start):
        return {}
    causes = [_WAITS.index(_CAUSES.get(phase, HolderWait.EACH_OTHER)) for phase in PHASES]
    cause = np.array(causes, dtype=np.int64)[blocked_phase]
    knots = distinct(np.concatenate([holding.start, holding.end, blocked.start, blocked.end, queued.start, queued.end]))
    lengths = np.diff(knots).astype(np.float64)
    holders = _count(holding, knots)
    waiting: dict[HolderWait, Floats] = {
        name: _count(Intervals(blocked.start[cause == place], blocked.end[cause == place]), knots)
        for place, name in enumerate(_WAITS)
        if name is not HolderWait.NOBODY
    }
    runnable = np.maximum(holders - sum(waiting.values()), 0)
    # A holder that waits for none of these waits for another holder (a lock); it explains nothing itself.
    effective: Floats = runnable + sum((waiting[name] for name in _EXPLAINS), np.zeros(len(runnable)))
    weight = np.maximum(effective, 1)
    result: dict[str, float] = {}
    # How many requests stand in the queue at each instant is what an instant counts.
    queue = _count(queued, knots)
    for name in _EXPLAINS:
        result[name] = float((queue * lengths * waiting[name] / weight).sum())
    locked = waiting[HolderWait.EACH_OTHER] > 0
    result[HolderWait.EACH_OTHER] = float((queue * lengths * ((effective == 0) & locked)).sum())
    result[HolderWait.NOBODY] = float((queue * lengths * ((effective == 0) & ~locked)).sum())
    places = loop_time.places(knots)
    for number, layer in enumerate(LAYERS):
        if not loop_time.has(number):
            continue
        spent = np.diff(loop_time.at(number, places))
        result[str(layer)] = result.get(str(layer), 0.0) + float((queue * spent * runnable / weight).sum())
    return {name: value for name, value in result.items() if value > 0}


def cascade_of(
    phase: Integers,
    owner: Integers,
    start: Integers,
    end: Integers,
    waits: tuple[Integers, ...],
    loop_time: LoopTime,
) -> dict[str, float]:
    """The cascade of all waits in phase ``pool``, from the segments of all exchanges and the gaps between their steps."""
    who, begin, until = waits
    if not len(start):
        return {}
    # A wait belongs to the segment in which it begins; segments are in order of owner and time.
    base = int(min(start.min(), begin.min())) if len(begin) else 0
    span = int(end.max()) - base + 2
    number = np.searchsorted(owner * span + start - base, who * span + begin - base, side="right") - 1
    known = (number >= 0) & (owner[np.maximum(number, 0)] == who) & (begin < end[np.maximum(number, 0)])
    number, begin, until = number[known], begin[known], until[known]
    queueing = phase == PHASES.index(Phase.POOL)
    before = np.isin(phase, [PHASES.index(each) for each in (Phase.PREPARE, Phase.POOL, Phase.UNATTRIBUTED)])
    inside = queueing[number]
    holding = ~before[number]
    # One wait of a holder spans the way up, the server and the way down: it is cut where its phases are.
    last = np.searchsorted(owner * span + start - base, owner[number] * span + until - base, side="left") - 1
    wait, segment = _covered(np.flatnonzero(holding), number[holding], last[holding])
    from_ns, to_ns = np.maximum(begin[wait], start[segment]), np.minimum(until[wait], end[segment])
    some = to_ns > from_ns
    return queue_cascade(
        queued=Intervals(begin[inside], np.minimum(until, end[number])[inside]),
        holding=Intervals(start[~before], end[~before]),
        blocked=Intervals(from_ns[some], to_ns[some]),
        blocked_phase=phase[segment[some]],
        loop_time=loop_time,
    )


def cascades(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The cascades of pieces of a run, added up, in the order of one."""
    if len(parts) == 1:
        return dict(parts[0])
    names = dict.fromkeys((*_EXPLAINS, HolderWait.EACH_OTHER, HolderWait.NOBODY, *map(str, LAYERS)))
    found = {name: sum(part.get(name, 0.0) for part in parts) for name in names}
    return {name: value for name, value in found.items() if value > 0}


def _covered(wait: Integers, first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """A row for each wait and each of the segments from its first to its last."""
    counts = np.maximum(last - first + 1, 1)
    ends = np.cumsum(counts)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    return np.repeat(wait, counts), np.repeat(first, counts) + within


def _count(intervals: Intervals, knots: Integers) -> Floats:
    """How many intervals cover each stretch between two knots."""
    begun = np.bincount(np.searchsorted(knots, intervals.start), minlength=len(knots))
    ended = np.bincount(np.searchsorted(knots, intervals.end), minlength=len(knots))
    return np.cumsum(begun - ended)[:-1].astype(np.float64)
