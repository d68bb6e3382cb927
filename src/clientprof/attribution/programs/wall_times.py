"""How long exchanges took: counts, sums and percentiles by group, exact where every exchange was kept."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.lane import Integers, Lane, pairs
from clientprof.model.programs.lane import bucket_bounds_ns
from clientprof.model.results import Latency

GroupKey = tuple[int, int, int, int]
"""Places of site, peer, client and route."""


class EndedCounts:
    """Exchanges that ended, by site, peer, client and route: the slices of all lanes, which are never thinned."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.ended: dict[GroupKey, int] = {}
        self.failed: dict[GroupKey, int] = {}
        self.wall_ns: dict[GroupKey, int] = {}
        self._buckets: dict[GroupKey, dict[int, int]] = {}
        for lane in lanes:
            self._add(lane)

    def _add(self, lane: Lane) -> None:
        names = ("site", "peer", "client", "route", "ended", "failed", "wall_ns", "bucket_first", "bucket_count")
        number, count = lane.integers("bucket.number").tolist(), lane.integers("bucket.count").tolist()
        for site, peer, client, route, ended, failed, wall, first, buckets in pairs(
            *(lane.integers(f"slice.{name}") for name in names)
        ):
            key = (site, peer, client, route)
            self.ended[key] = self.ended.get(key, 0) + ended
            self.failed[key] = self.failed.get(key, 0) + failed
            self.wall_ns[key] = self.wall_ns.get(key, 0) + wall
            histogram = self._buckets.setdefault(key, {})
            for place in range(first, first + buckets):
                histogram[number[place]] = histogram.get(number[place], 0) + count[place]

    def latency(self, keys: Sequence[GroupKey]) -> Latency:
        """Percentiles of all exchanges of the groups together, read from the buckets: right to 9 percent."""
        total: dict[int, int] = {}
        for key in keys:
            for number, count in self._buckets.get(key, {}).items():
                total[number] = total.get(number, 0) + count
        if not total:
            return Latency(None, None, None, None)
        numbers = np.array(sorted(total))
        below = np.cumsum([total[number] for number in numbers.tolist()])

        def at(share: float) -> float:
            low, high = bucket_bounds_ns(int(numbers[np.searchsorted(below, share * below[-1])]))
            return (low + high) / 2e6

        return Latency(at(0.5), at(0.9), at(0.99), bucket_bounds_ns(int(numbers[-1]))[1] / 1e6)


def exact_latency(wall_ns: npt.NDArray[np.int64]) -> Latency:
    """Percentiles of wall times; None where there are none."""
    if not len(wall_ns):
        return Latency(None, None, None, None)
    return Latency(*(float(value) / 1e6 for value in np.percentile(wall_ns, [50, 90, 99, 100])))


def ended_of(lane: Lane) -> Integers:
    """The numbers of the exchanges that ended, inside a window or not."""
    return np.flatnonzero(lane.ended > 0)
