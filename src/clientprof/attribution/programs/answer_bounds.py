"""When each answer was here to be read, without a word from the server: bounded from both sides.

The answer was not there when the select before looked, and it was there at the end of the select that reported it. So
the instant lies between the two. A select that blocked ended because something came: there the upper end is taken. A
busy loop only asks, once a turn, and an answer comes at any moment of that turn: there the middle is taken, and the
bounds are kept. The request's own last write is a lower bound too.

Whether a select blocked is told by its length. One that finds something at once is longer after long work, which took
its code and data out of the core's caches (40 to 60 us after 40 ms, 10 us else; measured 2026-11-30 on a shared core) and
used up the thread's turn: the core may go to another thread for some milliseconds. And the longer the work, the less
likely it is that an answer came just after it. So what counts as blocking grows with the work.

The select before proves only something where it looked at the connection. A new connection is registered by a step of its
own, and streams as anyio's do not listen until they are read. So a select is believed only after the request's last step.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.lane import Lane, Steps, pairs
from clientprof.model.phases import Mark

Integers = npt.NDArray[np.int64]
# Below this a select did not really wait; it only asked.
_BLOCKED_NS = 30_000
# After long work one that only asks may take so much: a part of the work, up to the turn of another thread.
_OF_WORK_BEFORE = 20
_LONGEST_ASKING_NS = 5_000_000


@dataclass(frozen=True, slots=True)
class AnswerBounds:
    """By exchange: the read that brought the answer, when the answer was here, and its bounds, nanoseconds."""

    read_ns: dict[int, int]
    here_ns: dict[int, int]
    low_ns: dict[int, int]
    high_ns: dict[int, int]


def answer_bounds(lane: Lane) -> AnswerBounds:
    """The bounds of every exchange of a loop's lane whose answer was read."""
    exchange, read = _answering_reads(lane)
    steps = lane.steps
    if steps is None or not len(exchange) or not len(steps.select_end):
        return AnswerBounds({}, {}, {}, {})
    known = read >= steps.select_end[0]
    exchange, read = exchange[known], read[known]
    low, here, high = bounds_of_reads(steps, read, _last_writes(lane, exchange, read), exchange)
    numbers = exchange.tolist()
    return AnswerBounds(*(dict(zip(numbers, column.tolist(), strict=True)) for column in (read, here, low, high)))


def bounds_of_reads(
    steps: Steps, read: Integers, not_before: Integers | None = None, exchange: Integers | None = None
) -> tuple[Integers, Integers, Integers]:
    """When what each read brought was there at the earliest, about, and at the latest, nanoseconds, shaped as ``read``.

    ``not_before`` are instants before which it cannot have come; ``exchange`` says for whom each read was, and comes with
    them. Where no select of the loop ended before a read, the read itself is all that is known.
    """
    number = np.searchsorted(steps.select_end, read, side="right") - 1
    known = number >= 0
    high = np.where(known, steps.select_end[np.maximum(number, 0)], read)
    number = _earliest_reporting(steps, read, np.maximum(number, 0))
    begin = np.where(known, steps.select_start[number], read)
    earlier = np.maximum(number - 1, 0)
    # The select before looked at some moment between its start and its end; one that blocked, as it woke.
    looked = np.maximum(steps.select_start[earlier], steps.select_end[earlier] - _BLOCKED_NS)
    before = np.where(known & (number > 0), looked, begin)
    # One that may not block can take long too: it hands out what came on many connections.
    asking = np.clip((begin - before) // _OF_WORK_BEFORE, _BLOCKED_NS, _LONGEST_ASKING_NS)
    blocked = steps.may_block[number] & (high == steps.select_end[number]) & (high - begin > asking)
    low = np.where(blocked, begin, before)
    if not_before is not None and exchange is not None:
        listened = blocked | (_last_own_step(steps, exchange, begin) < steps.select_end[earlier])
        low = np.where(listened, np.maximum(low, not_before), not_before)
    low = np.minimum(low, high)
    return low, np.where(blocked, high, (low + high) // 2), high


def _earliest_reporting(steps: Steps, read: Integers, number: Integers) -> Integers:
    """The earliest select that may have reported each read; ``number`` is the last one that ended before it.

    Several may end within one tick of a coarse clock, and then the first has the bounds that hold for all of them. A
    select without length that ends in the tick of the read may also come after it: then it was the one before.
    """
    first = np.searchsorted(steps.select_end, steps.select_end[number], side="left")
    doubtful = (steps.select_start[first] == read) & (first > 0)
    earlier = np.searchsorted(steps.select_end, steps.select_end[np.maximum(first - 1, 0)], side="left")
    found: Integers = np.where(doubtful, earlier, first)
    return found


def _last_own_step(steps: Steps, exchange: Integers, until: Integers) -> Integers:
    """When the last step of each exchange that had begun by each instant did; 0 where there is none."""
    own = np.flatnonzero(steps.owner >= 0)
    if not len(own):
        return np.zeros(len(exchange), dtype=np.int64)
    # By exchange and then in order, as one number.
    count = len(steps.owner) + 1
    keys = np.sort(steps.owner[own] * count + own)
    sought = exchange * count + np.searchsorted(steps.started, until, side="right")
    key = keys[np.maximum(np.searchsorted(keys, sought, side="left") - 1, 0)]
    found: Integers = np.where(key // count == exchange, steps.started[key % count], 0)
    return found


def _answering_reads(lane: Lane) -> tuple[Integers, Integers]:
    """Exchange and instant of the read that brought each answer.

    That is the first one after the request was written. On a new TLS connection the first may be session tickets, which
    come unasked: there it is the last one before the headers were known.
    """
    read, exchange = lane.integers("read.at_ns"), lane.integers("read.exchange")
    mine = (exchange >= 0) & (exchange < lane.count)
    read, exchange = read[mine], exchange[mine]
    written = _last_writes(lane, np.arange(lane.count), None)
    # A request may be written in parts, a large one while its answer comes; only reads before any write are no answer.
    first_write = _first_writes(lane)
    read, exchange = (
        column[(first_write[exchange] > 0) & (read >= first_write[exchange])] for column in (read, exchange)
    )
    order = np.lexsort((read, exchange))
    read, exchange = read[order], exchange[order]
    first = np.concatenate([[True], exchange[1:] != exchange[:-1]]) if len(exchange) else np.zeros(0, dtype=np.bool_)
    answer, numbers = read[first].copy(), exchange[first]
    with_handshake = np.isin(numbers, np.unique(lane.integers("handshake.exchange")))
    headers = _first_marks(lane, Mark.HEADERS)
    for place in np.flatnonzero(with_handshake).tolist():
        number = int(numbers[place])
        low, high = np.searchsorted(exchange, [number, number + 1])
        until = headers[number] if headers[number] > 0 else np.iinfo(np.int64).max
        candidates = read[low:high][(read[low:high] <= until) & (read[low:high] >= written[number])]
        if len(candidates):
            answer[place] = candidates[-1]
    return numbers, answer


def _first_writes(lane: Lane) -> Integers:
    """When each exchange's first write ended; 0 where nothing was written. One value an exchange."""
    ended, exchange = lane.integers("write.ended_ns"), lane.integers("write.exchange")
    first = np.zeros(lane.count, dtype=np.int64)
    for at, number in pairs(ended, exchange):
        if 0 <= number < lane.count and not first[number]:
            first[number] = at
    return first


def _last_writes(lane: Lane, exchange: Integers, before: Integers | None) -> Integers:
    """When the last write of each of the exchanges ended, 0 where there is none; ``before`` leaves out later ones."""
    ended, owner = lane.integers("write.ended_ns"), lane.integers("write.exchange")
    mine = (owner >= 0) & (owner < lane.count)
    ended, owner = ended[mine], owner[mine]
    if before is not None:
        until = np.full(lane.count, np.iinfo(np.int64).max)
        until[exchange] = before
        early = ended <= until[owner]
        ended, owner = ended[early], owner[early]
    last = np.zeros(lane.count, dtype=np.int64)
    np.maximum.at(last, owner, ended)
    found: Integers = last[exchange]
    return found


def _first_marks(lane: Lane, kind: Mark) -> Integers:
    """When each exchange was first marked so; 0 never. One value an exchange."""
    at, exchange, kinds = (lane.integers(f"mark.{name}") for name in ("at_ns", "exchange", "kind"))
    mine = (kinds == kind) & (exchange >= 0) & (exchange < lane.count)
    first = np.full(lane.count, np.iinfo(np.int64).max)
    np.minimum.at(first, exchange[mine], at[mine])
    return np.where(first == np.iinfo(np.int64).max, 0, first)
