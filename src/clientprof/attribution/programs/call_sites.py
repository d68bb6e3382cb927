"""Requests by call site, client and peer: how many, how long, what they waited for, what failed.

Where a call site asks many peers a few times each, as a crawler does, these are one group: a row for each says nothing, and
no rule would find enough requests in any.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from clientprof.attribution.programs.lane import Integers, Lane
from clientprof.attribution.programs.program_phases import PhaseSums
from clientprof.attribution.programs.wall_times import EndedCounts, GroupKey, ended_of, exact_latency
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import CallSite, ClientName, ProgramFacts
from clientprof.model.programs.results import ProgramPhase, RouteRow, SiteResult
from clientprof.model.results import Latency

SiteKey = tuple[int, int, int]
"""Places of site, peer and client."""
# In place of a peer's: several peers with less than so many requests each, where there are more than so many of them.
SEVERAL_PEERS = -2
_FEW_REQUESTS = 20
_MANY_PEERS = 20
NOWHERE = CallSite(file="", line=0, function="unknown", module="", origin="package")
NO_CLIENT = ClientName(name="unknown", version="", blocking=False)


class CallSites:
    """All call sites of a program. ``groups`` are their keys, those with the most requests first."""

    def __init__(self, facts: ProgramFacts, lanes: Sequence[Lane]) -> None:
        self._facts = facts
        self._lanes = lanes
        self.counts = EndedCounts(lanes)
        requests: Counter[SiteKey] = Counter()
        for (site, peer, client, _), ended in self.counts.ended.items():
            requests[site, peer, client] += ended
        keys_of = [_site_keys(lane) for lane in lanes]
        known = {*requests, *(key for keys in keys_of for key in keys)}
        keys_of = [_with_likely_peers(lane, keys, known) for lane, keys in zip(lanes, keys_of, strict=True)]
        requests.update({key: 0 for keys in keys_of for key in keys})
        # By lane, the peer of each exchange, which several may share a group with.
        self.peer_of = [np.array([peer for _, peer, _ in keys], dtype=np.int64) for keys in keys_of]
        self._joined = _joined(requests)
        self._of_several = {(site, peer) for site, peer, _ in self._joined}
        grouped: Counter[SiteKey] = Counter()
        for key, count in requests.items():
            grouped[self._group(key)] += count
        self.groups = [key for key, _ in grouped.most_common()]
        place = {key: number for number, key in enumerate(self.groups)}
        self.group_of = [np.array([place[self._group(key)] for key in keys], dtype=np.int64) for keys in keys_of]
        self.phases = PhaseSums(len(self.groups))
        for lane, group in zip(lanes, self.group_of, strict=True):
            self.phases.add(lane, group, WindowWeights(facts, lane).of_exchanges.at(lane.started))
        self._everybody = self.phases.together()

    @property
    def all_phases(self) -> tuple[ProgramPhase, ...]:
        """The phases of all exchanges together, means."""
        return self._everybody.rows(0)

    @property
    def unattributed_share(self) -> float | None:
        return self._everybody.unattributed_share

    def site(self, place: int) -> CallSite:
        return self._facts.sites[place] if 0 <= place < len(self._facts.sites) else NOWHERE

    def peer_or_several(self, site: int, peer: int) -> int:
        """That peer's place, or ``SEVERAL_PEERS`` where the site's requests to it stand in one row with those to others."""
        return SEVERAL_PEERS if (site, peer) in self._of_several else peer

    def groups_of(self, row: SiteResult) -> list[int]:
        """The places of the groups of that row's line and client, whomever they ask."""
        return [
            number
            for number, (place, _, client) in enumerate(self.groups)
            if (self.site(place).file, self.site(place).line, self._client(client)) == (row.file, row.line, row.client)
        ]

    def results(self, measured_s: float) -> tuple[SiteResult, ...]:
        """One row a group, those whose requests took the most time altogether first."""
        rows = [self._row(number, key, measured_s) for number, key in enumerate(self.groups)]
        return tuple(sorted(rows, key=lambda row: -row.requests * row.wall_us - row.open))

    def _row(self, number: int, key: SiteKey, measured_s: float) -> SiteResult:
        site, client = self.site(key[0]), self._client(key[2])
        keys = [found for found in self.counts.ended if self._group(found[:3]) == key]
        ended = sum(self.counts.ended[found] for found in keys)
        wall_ns = sum(self.counts.wall_ns[found] for found in keys)
        exchanges = int(self.phases.exchanges[number])
        return SiteResult(
            file=site.file,
            line=site.line,
            function=site.function,
            through=site.through,
            client=client,
            peer=self._facts.peers[key[1]] if 0 <= key[1] < len(self._facts.peers) else None,
            requests=ended,
            failed=sum(self.counts.failed[found] for found in keys),
            errors=self._errors(number),
            per_second=ended / measured_s if measured_s > 0 else 0.0,
            wall_us=wall_ns / ended / 1e3 if ended else 0.0,
            latency_ms=self._latency(number, keys),
            phases=self.phases.rows(number),
            detailed=exchanges,
            open=sum(int((lane.ended[group == number] == 0).sum()) for lane, group in self._of_lanes()),
            routes=tuple(
                self._facts.routes[route]
                for route in sorted({found[3] for found in keys})
                if 0 <= route < len(self._facts.routes)
            ),
            connects_per_1000=self._opened_per_1000(number, exchanges),
            blocking=client.blocking and self._blocks_a_loop(number, key),
            held_cpu_us=self._held_cpu_us(number),
            peers=len(self.peers_of(key)),
        )

    def _group(self, key: SiteKey) -> SiteKey:
        return self._joined.get(key, key)

    def peers_of(self, group: SiteKey) -> list[int]:
        """The peers of a group: one, or those that are joined in it."""
        if group[1] != SEVERAL_PEERS:
            return [group[1]]
        return [key[1] for key, joined in self._joined.items() if joined == group]

    def _of_lanes(self) -> "zip[tuple[Lane, Integers]]":
        return zip(self._lanes, self.group_of, strict=True)

    def _client(self, place: int) -> ClientName:
        return self._facts.clients[place] if 0 <= place < len(self._facts.clients) else NO_CLIENT

    def _latency(self, number: int, keys: Sequence[GroupKey]) -> Latency:
        if self._facts.thinning is not None or any(lane.facts.detail_lost for lane in self._lanes):
            return self.counts.latency(keys)
        walls = [(lane.ended - lane.started)[(group == number) & (lane.ended > 0)] for lane, group in self._of_lanes()]
        return exact_latency(np.concatenate(walls)) if walls else Latency(None, None, None, None)

    def _errors(self, number: int) -> dict[str, int]:
        errors: Counter[str] = Counter()
        for lane, group in self._of_lanes():
            numbers = ended_of(lane)
            error = lane.of_exchanges("error", 0)[numbers[group[numbers] == number]]
            types = lane.run.facts.error_types
            errors.update(types[each - 1] for each in error[error > 0].tolist() if each <= len(types))
        return dict(errors.most_common())

    def _opened_per_1000(self, number: int, exchanges: int) -> float | None:
        """None where nobody saw what was opened: by greenlets, on a loop of another kind, or outside Python."""
        unseen = self._client(self.groups[number][2]).opaque or any(
            not lane.sees_connections and (group == number).any() for lane, group in self._of_lanes()
        )
        return None if unseen or not exchanges else 1000 * self._opened(number) / exchanges

    def _opened(self, number: int) -> int:
        """Connections that detailed exchanges of the group opened, each counted at most once."""
        total = 0
        for lane, group in self._of_lanes():
            mine = set(lane.detailed[group[lane.detailed] == number].tolist())
            openers = lane.integers("connection.exchange")
            if not len(openers):
                openers = lane.integers("mark.exchange")[lane.integers("mark.kind") == Mark.TCP_END]
            total += sum(opener in mine for opener in openers.tolist())
        return total

    def _held_cpu_us(self, number: int) -> float | None:
        found = [
            lane.of_exchanges("cpu_ns", 0)[(group == number) & lane.blocking & (lane.ended > 0)]
            for lane, group in self._of_lanes()
            if lane.is_loop
        ]
        held = np.concatenate(found) if found else np.zeros(0)
        return float(held.mean()) / 1e3 if len(held) else None

    def _blocks_a_loop(self, number: int, key: SiteKey) -> bool:
        """Whether a loop's thread made calls of a blocking client; those that ended are counted exactly, lane by lane."""
        for lane, group in self._of_lanes():
            site, peer, client = (lane.integers(f"slice.{name}") for name in ("site", "peer", "client"))
            counted = (site == key[0]) & np.isin(peer, self.peers_of(key)) & (client == key[2])
            if (lane.is_loop and counted.any()) or lane.blocking[group == number].any():
                return True
        return False


def _joined(requests: Mapping[SiteKey, int]) -> dict[SiteKey, SiteKey]:
    """The group of each key whose peer is one of many with few requests."""
    small: dict[SiteKey, list[SiteKey]] = {}
    for (site, peer, client), count in requests.items():
        if peer >= 0 and count < _FEW_REQUESTS:
            small.setdefault((site, SEVERAL_PEERS, client), []).append((site, peer, client))
    return {key: group for group, keys in small.items() if len(keys) > _MANY_PEERS for key in keys}


def _site_keys(lane: Lane) -> list[SiteKey]:
    columns = (lane.of_exchanges(name).tolist() for name in ("site", "peer", "client"))
    return list(zip(*columns, strict=True))


def _with_likely_peers(lane: Lane, keys: Sequence[SiteKey], known: Iterable[SiteKey]) -> list[SiteKey]:
    """An exchange under way that has reached nobody yet is taken to ask whom all others ask, of that site and client."""
    peers: dict[tuple[int, int], set[int]] = {}
    for site, peer, client in known:
        if peer >= 0:
            peers.setdefault((site, client), set()).add(peer)
    found = list(keys)
    for number in np.flatnonzero(lane.ended == 0).tolist():
        site, peer, client = keys[number]
        likely = peers.get((site, client), set())
        if peer < 0 and len(likely) == 1:
            found[number] = (site, min(likely), client)
    return found


def route_rows(facts: ProgramFacts, lanes: Sequence[Lane], sites: CallSites) -> tuple[RouteRow, ...]:
    """The program's routes by the time that their exchanges took; ``held`` is the loop time of a route's own steps."""
    held = _held_by_route(facts, lanes)
    rows: list[RouteRow] = []
    for place, route in enumerate(facts.routes):
        keys = [key for key in sites.counts.ended if key[3] == place]
        requests = sum(sites.counts.ended[key] for key in keys)
        detailed = sum(
            float(WindowWeights(facts, lane).of_exchanges.at(lane.started[mine]).sum())
            for lane in lanes
            if lane.steps is not None
            for mine in (lane.detailed[lane.of_exchanges("route")[lane.detailed] == place],)
        )
        at = sorted({(sites.site(key[0]).file, sites.site(key[0]).line) for key in keys})
        rows.append(
            RouteRow(
                route=route,
                requests=requests,
                wall_us=sum(sites.counts.wall_ns[key] for key in keys) / requests / 1e3 if requests else 0.0,
                held_us_per_exchange=held[place] / detailed / 1e3 if detailed else None,
                sites=tuple(at),
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.requests * row.wall_us))


def _held_by_route(facts: ProgramFacts, lanes: Sequence[Lane]) -> list[float]:
    routes = len(facts.routes)
    held = np.zeros(routes)
    for lane in lanes:
        steps, route = lane.steps, lane.integers("step.route")
        if steps is None or len(route) != len(steps.started):
            continue
        length = np.diff(steps.started)
        mine = (route[:-1] >= 0) & (route[:-1] < routes)
        worked = np.where(steps.selecting, 0.0, length)
        weighed = WindowWeights(facts, lane).weigh_held(steps.started[1:], worked)
        held += np.bincount(route[:-1][mine], weighed[mine], routes)
    return held.tolist()
