"""How many requests are under way at once, and a rule about those made in batches: each batch waits for its slowest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.lane import Booleans, Integers
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.remedies import always_under_way
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

_FEW_BATCHES = 5
_SMALL_BATCH = 4
# Of a batch's requests: the last of them are those that it waits for.
_LAST = 0.25
# Of a batch's time, in which none but the last are under way: from here on it is not what equal requests differ by.
_LEAST_SHARE = 0.3
# Of the time in which requests are under way, spent so.
_LEAST_OF_TIME = 0.1
# Of a batch's time, between it and the next: after a longer pause it began for a reason of its own.
_PAUSE = 0.25
# A loop that is busier than this would not answer sooner with more requests.
_IDLE = 0.5
_FEW_REQUESTS = 20


@dataclass(frozen=True, slots=True)
class _Batches:
    """Times of batches, nanoseconds: begin, end, when all but the last had ended, sums of durations; and their sizes."""

    began: Integers
    ended: Integers
    mostly_ended: Integers
    worked: Integers
    size: Integers

    def of(self, which: Booleans) -> "_Batches":
        """Some of them."""
        columns = (self.began, self.ended, self.mostly_ended, self.worked, self.size)
        return _Batches(*(column[which] for column in columns))


def batches(evidence: Evidence) -> Iterator[Finding]:
    """The next batch is asked for only when the slowest request of this one is answered."""
    if not _all_seen(evidence) or evidence.loop_busy_share > _IDLE:
        return
    for place_of_site in sorted({key[0] for key in evidence.sites.groups}):
        began, ended = _times(evidence, place_of_site)
        found = _batches(began, ended)
        if found is None:
            continue
        lasted_s = float((found.ended - found.began).sum()) / 1e9
        waited_s = float((found.ended - found.mostly_ended).sum()) / 1e9
        if waited_s < _LEAST_SHARE * lasted_s or waited_s < _LEAST_OF_TIME * evidence.asked_s:
            continue
        size, worked_s = int(np.median(found.size)), float(found.worked.sum()) / 1e9
        site = evidence.sites.site(place_of_site)
        yield finding(
            "batches-wait-for-slowest",
            f"{place(site.file, site.line, site.function)} asks in batches, and each of them waits for its slowest request",
            Layer.APP,
            (site.file, site.line, site.function),
            f"For {percent(waited_s / lasted_s)} of the time of a batch no more than a quarter of its requests are under "
            f"way. With {size:,} under way at all times, the same requests would take about {worked_s / size:,.1f} s "
            f"instead of {lasted_s:,.1f} s, if the server answers as fast then.",
            [
                f"{len(found.size):,} batches of {size:,} requests (median); none begins before the one before it has ended",
                f"a batch lasts {1e3 * lasted_s / len(found.size):,.0f} ms, a request in it "
                f"{1e3 * worked_s / float(found.size.sum()):,.0f} ms (means)",
            ],
            "Let each request begin as soon as another one has ended: so many workers that take from one list, or tasks "
            "behind a semaphore.",
            "The claim is wrong if the whole takes as long with a semaphore of that size in place of batches.",
            code=always_under_way(evidence.loop_names, size),
        )


def one_at_a_time(evidence: Evidence) -> bool:
    """Whether the program makes its requests one after the other, with little between them, and serves nobody by that."""
    if not _all_seen(evidence) or evidence.requests < _FEW_REQUESTS or any(row.routes for row in evidence.call_sites):
        return False
    began, ended = _times(evidence)
    if not len(began) or (began[1:] < np.maximum.accumulate(ended)[:-1]).any():
        return False
    return float((ended - began).sum()) > float(ended[-1] - began[0]) / 2


def _all_seen(evidence: Evidence) -> bool:
    """Whether every request's times are there, and all were made in one process."""
    # Of a busy loop only some windows of time have rows.
    seen = sum(int((lane.ended > 0).sum()) for lane in evidence.lanes)
    return seen == evidence.requests and len({lane.facts.process for lane in evidence.lanes if lane.count}) == 1


def _times(evidence: Evidence, site: int | None = None) -> tuple[Integers, Integers]:
    """When the ended requests began and ended, in order of their beginnings; of one call site, or of all."""
    began, ended = [], []
    for lane in evidence.lanes:
        mine = lane.ended > 0
        if site is not None:
            mine &= lane.of_exchanges("site") == site
            if (lane.of_exchanges("route")[mine] >= 0).any():
                mine[:] = False  # whoever asked the program for something needs all the answers
        began.append(lane.started[mine])
        ended.append(lane.ended[mine])
    starts, ends = (np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64) for columns in (began, ended))
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _batches(began: Integers, ended: Integers) -> _Batches | None:
    """Requests that begin together, one batch soon after the other; None where it is not so."""
    if len(began) < _FEW_BATCHES * _SMALL_BATCH:
        return None
    latest = np.maximum.accumulate(ended)
    first = np.concatenate([[0], 1 + np.flatnonzero(began[1:] >= latest[:-1])])
    beyond = np.append(first[1:], len(began))
    pause_ns = float(np.median(began[first[1:]] - latest[beyond[:-1] - 1])) if len(first) > 1 else 0.0
    worked = np.add.reduceat(ended - began, first)
    large = np.flatnonzero(beyond - first >= _SMALL_BATCH)
    first, beyond, worked = first[large], beyond[large], worked[large]
    mostly = np.array(
        [
            np.sort(ended[low:high])[int((1 - _LAST) * (high - low - 1))]
            for low, high in zip(first.tolist(), beyond.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    found = _Batches(began[first], latest[beyond - 1], mostly, worked, beyond - first)
    found = found.of(began[beyond - 1] <= mostly)
    lasted_ns = float((found.ended - found.began).sum())
    enough = len(found.size) >= _FEW_BATCHES and found.size.sum() > len(began) / 2
    return found if enough and pause_ns * len(found.size) <= _PAUSE * lasted_ns else None
