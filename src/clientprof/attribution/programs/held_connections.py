"""Who holds connections, how long, and who never gives them back.

A connection is held from the mark that it was acquired to the mark that it was released. A hold whose response was
collected unclosed, or whose call returned long ago while the body stays unread, is a leak; its call site is named.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.call_sites import CallSites
from clientprof.attribution.programs.instances import Instances, Member
from clientprof.attribution.programs.lane import Integers, Lane, pairs
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import HeldConnections

# An open response younger than this, or than so many times the call site's usual hold, may still be read by somebody.
_YOUNG_NS = 1_000_000_000
_USUAL_HOLDS = 10


@dataclass(frozen=True, slots=True)
class Hold:
    """One connection held: ``until_ns`` is None where it was not given back. ``dropped`` says that nobody can any more."""

    lane: int
    exchange: int
    since_ns: int
    until_ns: int | None
    returned_ns: int
    dropped: bool


def holds_of(lane: Lane) -> list[Hold]:
    """Every hold of the lane's exchanges, in order of exchange."""
    acquired, released = np.zeros(lane.count, dtype=np.int64), np.zeros(lane.count, dtype=np.int64)
    names = ("mark.exchange", "mark.kind", "mark.at_ns")
    for exchange, kind, at in pairs(*(lane.integers(name) for name in names)):
        if 0 <= exchange < lane.count:
            if kind == Mark.POOL_ACQUIRED:
                acquired[exchange] = at  # a connection that failed is acquired anew
            elif kind == Mark.RELEASED:
                released[exchange] = at
            elif kind == Mark.CALL:
                acquired[exchange] = acquired[exchange] or at  # of a client without a pool: its own from the start
    dropped, returned = lane.of_exchanges("dropped_ns", 0), lane.of_exchanges("returned_ns", 0)
    holds: list[Hold] = []
    for number in np.flatnonzero(acquired > 0).tolist():
        until = int(released[number]) or int(lane.ended[number]) or None
        lost = bool(dropped[number]) and not released[number]
        holds.append(
            Hold(lane.place, number, int(acquired[number]), None if lost else until, int(returned[number]), lost)
        )
    return holds


def is_leak(hold: Hold, end_ns: int, usual_ns: float) -> bool:
    """Whether the hold outlived its call: dropped unclosed, or open long after the call gave the response."""
    if hold.dropped:
        return True
    if hold.until_ns is not None or not hold.returned_ns:
        return False
    return end_ns - hold.returned_ns > max(_YOUNG_NS, _USUAL_HOLDS * usual_ns)


def held_connections(
    facts: ProgramFacts, lanes: Sequence[Lane], sites: CallSites, instances: Instances
) -> tuple[HeldConnections, ...]:
    """One row a call site and peer, those with leaks first, then the longest total hold."""
    by_group: dict[int, list[tuple[Lane, Hold]]] = defaultdict(list)
    for lane, group in zip(lanes, sites.group_of, strict=True):
        for hold in holds_of(lane):
            by_group[int(group[hold.exchange])].append((lane, hold))
    peers = {lane.place: peer_of for lane, peer_of in zip(lanes, sites.peer_of, strict=True)}
    in_use = _in_use(facts, instances, by_group, peers)
    rows = [
        _row(
            facts,
            sites,
            instances,
            group,
            found,
            [in_use[_bounded(instances, lane, hold.exchange, peers)] for lane, hold in found],
        )
        for group, found in by_group.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.leaked, -row.holds * row.mean_ms)))


# A client object, and the peer whose limit bounds it; None where the limit is that of all.
Bounded = tuple[Member, int | None]


# By the lane's place, the peer of each of its exchanges.
Peers = Mapping[int, Integers]


def _bounded(instances: Instances, lane: Lane, exchange: int, peers: Peers) -> Bounded:
    settings = instances.settings_of(lane, exchange)
    one_host = settings is not None and settings.one_host_bounds
    return instances.member(lane, exchange), int(peers[lane.place][exchange]) if one_host else None


def _in_use(
    facts: ProgramFacts,
    instances: Instances,
    by_group: Mapping[int, Sequence[tuple[Lane, Hold]]],
    peers: Peers,
) -> dict[Bounded, int]:
    """How many connections of each client object, or of it to one host, were held at once at most, by all of its calls."""
    found: dict[Bounded, list[tuple[int, int]]] = defaultdict(list)
    for holds in by_group.values():
        for lane, hold in holds:
            span = hold.since_ns, hold.until_ns or facts.ended_ns
            found[_bounded(instances, lane, hold.exchange, peers)].append(span)
    return {bounded: most_at_once(*np.array(spans, dtype=np.int64).T) for bounded, spans in found.items()}


def _row(
    facts: ProgramFacts,
    sites: CallSites,
    instances: Instances,
    group: int,
    found: list[tuple[Lane, Hold]],
    in_use: Sequence[int],
) -> HeldConnections:
    site_place, peer_place, _ = sites.groups[group]
    site = sites.site(site_place)
    lengths = [hold.until_ns - hold.since_ns for _, hold in found if hold.until_ns is not None]
    usual = float(np.median(lengths)) if lengths else 0.0
    leaks = [hold for _, hold in found if is_leak(hold, facts.ended_ns, usual)]
    since = np.array([hold.since_ns for _, hold in found], dtype=np.int64)
    until = np.array([hold.until_ns or facts.ended_ns for _, hold in found], dtype=np.int64)
    limit, one_host = _limit(found, instances)
    return HeldConnections(
        file=site.file,
        line=site.line,
        function=site.function,
        peer=facts.peers[peer_place] if 0 <= peer_place < len(facts.peers) else None,
        holds=len(found),
        most=most_at_once(since, until),
        limit=limit,
        mean_ms=float((until - since).mean()) / 1e6,
        leaked=len(leaks),
        oldest_s=(facts.ended_ns - min(hold.since_ns for hold in leaks)) / 1e9 if leaks else None,
        in_use=max(in_use),
        one_host=one_host,
        peers=len(sites.peers_of(sites.groups[group])),
    )


def most_at_once(since: Integers, until: Integers) -> int:
    """How many of the intervals overlapped at most."""
    if not len(since):
        return 0
    at = np.concatenate([since, until])
    change = np.concatenate([np.ones(len(since)), -np.ones(len(until))])
    order = np.lexsort((change, at))
    return int(np.cumsum(change[order]).max())


def _limit(found: list[tuple[Lane, Hold]], instances: Instances) -> tuple[int | None, bool]:
    """The connection limit that the clients of the holds meet first, None where not known or not one; whether it is of one
    host."""
    limits: set[tuple[int | None, bool]] = set()
    for lane, hold in found:
        if instances.of(lane, hold.exchange) is None:
            continue  # of a process that was killed: whose it was is told where it ends
        settings = instances.settings_of(lane, hold.exchange)
        limits.add((None, False) if settings is None else (settings.bound, settings.one_host_bounds))
    return limits.pop() if len(limits) == 1 else (None, False)
