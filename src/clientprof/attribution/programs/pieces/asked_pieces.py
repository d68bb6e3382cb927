"""Responses in a program's hands, divided: inside the client's calls that give the next piece (*asks*), and between them.

Between two asks the program does something else, and the server is not waited for: what it sends meanwhile stays in buffers.
The program is *late* where it came to an ask whose piece was already there. Where it had to wait all the same, its own work
before that took nobody's time: with less of it, it would have waited for longer.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.states import States
from clientprof.attribution.programs.lane import Booleans, Integers, Lane, Steps

Floats = npt.NDArray[np.float64]
# An ask waits for nothing where it waits no longer than a turn of an idle loop takes, or than this share of the work before.
_AT_ONCE_NS = 300_000
_AT_ONCE_SHARE = 0.05


@dataclass(frozen=True)
class AskedPieces:
    """Nanoseconds of each exchange of a lane.

    ``asked`` is inside of its asks; of that the client computed for ``cpu``, and stood in line for the loop for ``ready``
    (not a number where nobody knows; ``blame`` is by layer). ``late`` is between asks, where the piece was there already.
    ``known`` says where asks were seen, ``count`` how many.
    """

    known: Booleans
    count: Integers
    asked: Floats
    late: Floats
    cpu: Floats
    ready: Floats
    blame: tuple[Floats, ...]


def asked_pieces(
    lane: Lane, since: Integers, until: Integers, states: States | None = None, loop_time: LoopTime | None = None
) -> AskedPieces:
    """The asks of the lane's exchanges between ``since`` and ``until``, which have one value an exchange."""
    size = lane.count
    count = lane.of_exchanges("asks")
    owner, start, end = (lane.integers(f"ask.{name}") for name in ("exchange", "started_ns", "ended_ns"))
    mine = (owner >= 0) & (owner < size)
    owner, start, end = owner[mine], start[mine], end[mine]
    start, end = np.maximum(start, since[owner]), np.minimum(end, until[owner])
    inside = start <= end
    owner, start, end = owner[inside], start[inside], end[inside]
    order = np.lexsort((start, owner))
    owner, start, end = owner[order], start[order], end[order]

    def total(values: Floats) -> Floats:
        return np.bincount(owner, values, size).astype(np.float64)

    lasted = (end - start).astype(np.float64)
    short = lane.of_exchanges("short_asks_ns", 0).astype(np.float64)
    cpu: Floats = np.full(len(owner), np.nan)
    ready = cpu
    blame: tuple[Floats, ...] = ()
    if states is not None and loop_time is not None and lane.steps is not None:
        seen = ~lane.blocking[owner]
        running, queued = (
            each.length_until(owner, end) - each.length_until(owner, start) for each in (states.running, states.ready)
        )
        running = running + _until_the_step_ends(lane.steps, owner, start, end)
        cpu, ready = np.where(seen, running, np.nan), np.where(seen, queued, np.nan)
        blame = tuple(total(np.where(seen, each, 0.0)) for each in states.ready.blame(owner, start, end, loop_time))
    waited = np.where(np.isnan(cpu), lasted, lasted - cpu - ready)
    first = np.concatenate([[True], owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, dtype=np.bool_)
    gap = start - np.where(first, since[owner], np.roll(end, 1))
    at_once = waited <= np.maximum(_AT_ONCE_NS, _AT_ONCE_SHARE * gap)
    # What follows the last ask is nobody's but the program's.
    last = since.copy()
    np.maximum.at(last, owner, end)
    nothing = np.where(lane.blocking | (states is None), np.nan, 0.0)
    return AskedPieces(
        known=count >= 0,
        count=np.maximum(count, 0),
        asked=total(lasted) + short,
        late=total(np.where(at_once, gap, 0.0)) + np.maximum(0, until - last),
        cpu=total(cpu) + nothing + short,
        ready=total(ready) + nothing,
        blame=blame or tuple(np.zeros(size) for _ in LAYERS),
    )


def _until_the_step_ends(steps: Steps, owner: Integers, start: Integers, end: Integers) -> Integers:
    """What each ask computed in the step in which it was made, which is another one's."""
    number = np.searchsorted(steps.started, start, side="right")
    inside = (number > 0) & (number < len(steps.started))
    place = np.where(inside, number, 1)
    mine = inside & (steps.owner[np.minimum(place - 1, len(steps.owner) - 1)] != owner)
    computed: Integers = np.where(mine, np.minimum(steps.started[place], end) - start, 0)
    return computed
