"""Requests that wait for a connection while others, which asked later, get one: by call site.

A queue that is served in order gives the n-th connection to the n-th that asked. A request that asked n-th and got its
connection m-th was overtaken by m - n others at least. Where the order is random, one in e^k requests is overtaken by more
than k times as many as wait at most (the wait in such a queue is exponential); beyond ten times it is no chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.call_sites import CallSites
from clientprof.attribution.programs.instances import Instances
from clientprof.attribution.programs.lane import Booleans, Integers, Lane
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ProgramFacts
from clientprof.stats.distinct import distinct

_BEYOND_CHANCE = 10


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Requests of one call site that many others overtook: how many, the longest wait, by how many of the others at least,
    and the median wait of all requests to its client."""

    group: int
    requests: int
    longest_ms: float
    by: int
    median_ms: float


def overtaken_requests(
    facts: ProgramFacts, lanes: Sequence[Lane], sites: CallSites, instances: Instances
) -> tuple[Overtaken, ...]:
    """One row a call site that has such requests, the longest wait first."""
    rows = [
        row
        for lane, group, peer_of in zip(lanes, sites.group_of, sites.peer_of, strict=True)
        for queue in _queues(lane, group, peer_of, instances)
        for row in _of_queue(lane, group, queue, facts.ended_ns)
    ]
    return tuple(sorted(rows, key=lambda row: -row.longest_ms))


def _queues(lane: Lane, group: Integers, peer_of: Integers, instances: Instances) -> list[Integers]:
    """The exchanges that want the same connections: those of one client object, and to one host where that is bounded."""
    numbers = np.flatnonzero(_seen_waiting(lane) & (group >= 0))
    client = lane.instance[numbers]
    # The last is for a client that is not known, -1.
    one_host = np.array([*instances.one_host_bounds(lane.facts.process), False], dtype=np.bool_)
    bounded = np.where(one_host[client], peer_of[numbers], -1)
    order = np.lexsort((bounded, client))
    changes = (np.diff(client[order]) != 0) | (np.diff(bounded[order]) != 0)
    return np.split(numbers[order], np.flatnonzero(changes) + 1)


def _seen_waiting(lane: Lane) -> Booleans:
    """The exchanges that were seen whole, and those that have not ended but began where all was seen."""
    seen = np.zeros(lane.count, dtype=np.bool_)
    seen[lane.detailed] = True
    seen |= (lane.ended == 0) & lane.inside_windows(lane.started)
    return seen


def _of_queue(lane: Lane, group: Integers, queue: Integers, end_ns: int) -> list[Overtaken]:
    asked, served = (_first(lane, mark)[queue] for mark in (Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED))
    asked = np.where(asked > 0, asked, lane.started[queue])
    # When those that gave up would have been served, nobody knows.
    waiting = (served == 0) & (lane.ended[queue] == 0)
    known = (served > 0) | waiting
    queue, asked, served = queue[known], asked[known], np.where(waiting, end_ns, served)[known]
    if len(queue) <= _BEYOND_CHANCE:
        return []
    asked_before = np.searchsorted(np.sort(asked), asked)
    by = np.searchsorted(np.sort(served), served) - asked_before
    ahead = asked_before - np.searchsorted(np.sort(served), asked, side="right")
    most_waiting = max(1, 1 + int(ahead.max()))
    starved = by > _BEYOND_CHANCE * most_waiting
    waits_ms = (served - asked) / 1e6
    found: list[Overtaken] = []
    for site in distinct(group[queue[starved]]).tolist():
        mine = np.flatnonzero(starved & (group[queue] == site))
        longest = mine[np.argmax(waits_ms[mine])]
        found.append(Overtaken(site, len(mine), float(waits_ms[longest]), int(by[longest]), float(np.median(waits_ms))))
    return found


def _first(lane: Lane, kind: Mark) -> Integers:
    """When each exchange had its first mark of that kind; 0 where it had none."""
    first = np.zeros(lane.count, dtype=np.int64)
    exchange, kinds, at = (lane.integers(f"mark.{name}") for name in ("exchange", "kind", "at_ns"))
    chosen = np.flatnonzero((kinds == kind) & (exchange >= 0) & (exchange < lane.count))[::-1]
    first[exchange[chosen]] = at[chosen]  # of several, the last one written stays, which is the first of them
    return first
