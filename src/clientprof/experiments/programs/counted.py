"""Exact counts of what ended in the measured time: the slices that lie in it, and single rows where no slice does.

A process writes a slice when its time is over. One that was killed did not write its last one, and a measurement may begin
or end within one; there the rows of the exchanges themselves are counted.
"""

import numpy as np
import numpy.typing as npt

from clientprof.model.programs.lane import bucket_of

Integers = npt.NDArray[np.int64]
PLACES = ("site", "peer", "client", "route")


def counted(columns: dict[str, Integers], bounds: Integers, from_ns: int, until_ns: int) -> dict[str, Integers]:
    """``slice.*`` and ``bucket.*`` of the time from ``from_ns`` to ``until_ns``.

    ``columns`` are those of a lane, with ``tally.*`` of what was counted one by one and is not among its exchanges;
    ``bounds`` the ends of the process's slices (``uptime.at_ns``), in order.
    """
    empty = np.zeros(0, dtype=np.int64)
    started = columns.get("slice.started_ns", empty)
    ends = _ends(started, bounds)
    inside = (started >= from_ns) & (ends <= until_ns)
    rows = _single(columns, started[inside], ends[inside], from_ns, until_ns)
    slices = {name: columns.get(f"slice.{name}", empty)[inside] for name in (*_COUNTS, *PLACES)}
    number, count = columns.get("bucket.number", empty), columns.get("bucket.count", empty)
    first, length = slices["bucket_first"], slices["bucket_count"]
    kept = np.concatenate([np.arange(low, low + many) for low, many in zip(first, length, strict=True)] or [empty])
    numbers, counts = [number[kept]], [count[kept]]
    slices["bucket_first"] = _firsts(length)
    at = int(length.sum())
    more: dict[str, list[int]] = {name: [] for name in slices}
    for (site, peer, client, route), (start, walls, failed) in rows.items():
        buckets: dict[int, int] = {}
        for wall in walls:
            buckets[bucket_of(wall)] = buckets.get(bucket_of(wall), 0) + 1
        ordered = sorted(buckets.items())
        values = dict(zip(PLACES, (site, peer, client, route), strict=True))
        values |= {"started_ns": start, "ended": len(walls), "failed": failed, "wall_ns": sum(walls)}
        values |= {"bucket_first": at, "bucket_count": len(ordered)}
        for name, value in values.items():
            more[name].append(value)
        numbers.append(np.asarray([bucket for bucket, _ in ordered], dtype=np.int64))
        counts.append(np.asarray([many for _, many in ordered], dtype=np.int64))
        at += len(ordered)
    found = {
        f"slice.{name}": np.concatenate([values, np.asarray(more[name], dtype=np.int64)])
        for name, values in slices.items()
    }
    found["bucket.number"], found["bucket.count"] = np.concatenate(numbers), np.concatenate(counts)
    return found


_COUNTS = ("started_ns", "ended", "failed", "wall_ns", "bucket_first", "bucket_count")


def _firsts(lengths: Integers) -> Integers:
    firsts: Integers = np.cumsum(lengths) - lengths
    return firsts


def _ends(started: Integers, bounds: Integers) -> Integers:
    """When each slice ended: the first bound after its start; never, where that was not written."""
    never = np.append(bounds, np.iinfo(np.int64).max)
    ends: Integers = never[np.searchsorted(bounds, started, side="right")]
    return ends


def _single(
    columns: dict[str, Integers], starts: Integers, ends: Integers, from_ns: int, until_ns: int
) -> dict[tuple[int, int, int, int], tuple[int, list[int], int]]:
    """What ended in the measured time but in none of the slices: its start, walls and failures by place."""
    empty = np.zeros(0, dtype=np.int64)
    counted_ended, walls_ns = columns.get("tally.ended_ns", empty), columns.get("tally.wall_ns", empty)
    ended = np.concatenate([columns.get("exchange.ended_ns", empty), counted_ended])
    began = np.concatenate([columns.get("exchange.started_ns", empty), counted_ended - walls_ns])
    alone = (ended >= from_ns) & (ended <= until_ns) & (ended > 0)
    for start, end in sorted(set(zip(starts.tolist(), ends.tolist(), strict=True))):
        alone &= ~((ended > start) & (ended <= end))
    found: dict[tuple[int, int, int, int], tuple[int, list[int], int]] = {}
    *places, error = (
        np.concatenate([columns.get(f"{group}.{name}", empty) for group in ("exchange", "tally")])
        for name in (*PLACES, "error")
    )
    for row in np.flatnonzero(alone).tolist():
        key = (int(places[0][row]), int(places[1][row]), int(places[2][row]), int(places[3][row]))
        start, walls, failed = found.get(key, (int(ended[row]), [], 0))
        walls.append(int(ended[row] - began[row]))
        found[key] = (min(start, int(ended[row])), walls, failed + int(error[row] > 0))
    return found
