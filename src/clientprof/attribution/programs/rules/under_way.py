"""How many requests are under way at once, and a rule about those made in batches: each batch waits for its slowest."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.lane import Booleans, Integers
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.remedies import always_under_way
from clientprof.model.figures import duration, percent
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
_MOSTLY = 0.5
# Of the looks at what waits for threads: behind the last batch nothing waits.
_NEARLY_ALWAYS = 0.8


@dataclass(frozen=True, slots=True)
class _Batches:
    """Times of batches, nanoseconds: begin, end, when all but the last had ended, sums of durations; and their sizes."""

    began: Integers
    ended: Integers
    mostly_ended: Integers
    worked: Integers
    size: Integers

    def chosen(self, which: Booleans) -> "_Batches":
        """Some of them."""
        columns = (self.began, self.ended, self.mostly_ended, self.worked, self.size)
        return _Batches(*(column[which] for column in columns))

    @property
    def lasted_s(self) -> float:
        return float((self.ended - self.began).sum()) / 1e9

    @property
    def waited_s(self) -> float:
        """With none but the last under way."""
        return float((self.ended - self.mostly_ended).sum()) / 1e9

    @property
    def would_take_s(self) -> float:
        """With as many under way at all times as a batch has."""
        return float((self.worked / self.size).sum()) / 1e9

    @property
    def usual_size(self) -> int:
        """Half of the requests are in batches of this size and above."""
        size = np.sort(self.size)
        return int(size[np.searchsorted(np.cumsum(size), size.sum() / 2)])


def batches_wait(evidence: Evidence) -> Iterator[Finding]:
    """The next batch is asked for only when the slowest request of this one is answered."""
    if not _all_seen(evidence) or evidence.loop_busy_share > _IDLE or _no_batches(evidence):
        return
    sites = Counter({site: 0 for site, _, _ in evidence.sites.groups if site >= 0})
    for lane in evidence.lanes:
        sites.update(each for each in lane.of_exchanges("site").tolist() if each >= 0)
    # What is asked in several lines may be one batch; where something else goes on besides, a line's requests may be.
    together = _batches(*_times(evidence))
    if together is not None and sites and _worth_telling(together, evidence):
        yield _found(evidence, sites.most_common(1)[0][0], together)
        return
    for site, _ in sites.most_common():
        found = _batches(*_times(evidence, site))
        if found is not None and _worth_telling(found, evidence):
            yield _found(evidence, site, found)


def _no_batches(evidence: Evidence) -> bool:
    """Whether there were calls or items that waited for threads nearly all the time, or these do something else for most of
    it: then no thread waits for a batch."""
    more = any(row.gate.threads and row.looks >= _NEARLY_ALWAYS * row.all_looks for row in evidence.waits_before_calls)
    return more or (evidence.threads is not None and evidence.threads.outside_by_requests > _MOSTLY)


def _worth_telling(found: _Batches, evidence: Evidence) -> bool:
    least_s = evidence.noticed_s(_LEAST_OF_TIME)
    return (
        found.waited_s >= max(_LEAST_SHARE * found.lasted_s, least_s) and found.lasted_s - found.would_take_s >= least_s
    )


def _found(evidence: Evidence, number: int, found: _Batches) -> Finding:
    site, size = evidence.sites.site(number), found.usual_size
    clients = {client for at, _, client in evidence.sites.groups if at == number}
    blocking = any(evidence.facts.clients[each].blocking for each in clients if 0 <= each < len(evidence.facts.clients))
    requests = int(found.size.sum())
    return finding(
        "batches-wait-for-slowest",
        f"{place(site.file, site.line, site.function)} asks in batches, and each of them waits for its slowest request",
        Layer.APP,
        (site.file, site.line, site.function),
        f"For {percent(found.waited_s / found.lasted_s)} of the time of a batch no more than a quarter of its requests are "
        f"under way. With as many under way at all times, the same requests would take about "
        f"{duration(found.would_take_s)} instead of {duration(found.lasted_s)}, if the server answers as fast then.",
        [
            f"{len(found.size):,} batches, most requests in one of {size:,}; each begins after the one before it has ended",
            f"a batch lasts {1e3 * found.lasted_s / len(found.size):,.0f} ms, a request in it "
            f"{float(found.worked.sum()) / requests / 1e6:,.0f} ms (means)",
        ],
        "Let each request begin as soon as another one has ended, where it needs no answer of the batch before: let "
        f"{size:,} workers take from one queue, or put the tasks behind a semaphore.",
        "The claim is wrong if the program takes as long with a semaphore of that size instead of batches.",
        code=always_under_way((), size) if blocking else always_under_way(evidence.loop_names, size),
    )


def one_at_a_time(evidence: Evidence) -> bool:
    """Whether the program makes its requests one after the other, with little between them, and serves nobody by that."""
    return share_of_one_at_a_time(evidence) > _MOSTLY


def share_of_one_at_a_time(evidence: Evidence) -> float:
    """Of the time from the first request to the last, how much one was under way; 0 where two ever were together, where
    not all were seen, and where the program serves somebody by them."""
    if not _all_seen(evidence) or evidence.requests < _FEW_REQUESTS or any(row.routes for row in evidence.call_sites):
        return 0.0
    began, ended = _times(evidence)
    if not len(began) or (began[1:] < np.maximum.accumulate(ended)[:-1]).any():
        return 0.0
    return float((ended - began).sum()) / float(ended[-1] - began[0])


def _all_seen(evidence: Evidence) -> bool:
    """Whether every request's times are there, and all were made in one process."""
    # Where many are made a second, only some windows of time have rows.
    seen = sum(int((lane.ended > 0).sum()) for lane in evidence.lanes)
    return seen == evidence.requests and len({lane.facts.process for lane in evidence.lanes if lane.count}) == 1


def _times(evidence: Evidence, site: int | None = None) -> tuple[Integers, Integers]:
    """When the ended requests began and ended, in order of their beginnings; of one call site, or of all."""
    began, ended = [], []
    for lane in evidence.lanes:
        # Whoever asked a route of the program for something needs all the answers.
        mine = (lane.ended > 0) & (lane.of_exchanges("route") < 0)
        if site is not None:
            mine &= lane.of_exchanges("site") == site
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
            np.sort(ended[low:high])[math.ceil((1 - _LAST) * (high - low)) - 1]
            for low, high in zip(first.tolist(), beyond.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    found = _Batches(began[first], latest[beyond - 1], mostly, worked, beyond - first)
    found = found.chosen(began[beyond - 1] <= mostly)
    lasted_ns = float((found.ended - found.began).sum())
    enough = len(found.size) >= _FEW_BATCHES and found.size.sum() > len(began) / 2
    return found if enough and pause_ns * len(found.size) <= _PAUSE * lasted_ns else None
