"""The client objects that a program built: where, how often, with which settings, and what the load needed of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.call_sites import NO_CLIENT, NOWHERE
from clientprof.attribution.programs.lane import Integers, Lane, pairs
from clientprof.model.programs.recording import ProgramFacts, Settings
from clientprof.model.programs.results import FoundSettings
from clientprof.stats.distinct import distinct

# A client object: its process's place, and its number there.
Member = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Instance:
    """One client object. ``closed_ns`` is 0 where nobody closed it; ``built_us`` is how long building it took."""

    built_ns: int
    closed_ns: int
    built_us: int
    client: int
    site: int
    settings: int


class Instances:
    """All client objects of a program, by process and number."""

    def __init__(self, facts: ProgramFacts, lanes: Sequence[Lane]) -> None:
        self._facts = facts
        self.by_process: dict[int, list[Instance]] = defaultdict(list)
        names = ("built_ns", "closed_ns", "built_us", "client", "site", "settings")
        for lane in lanes:
            rows = pairs(*(lane.integers(f"instance.{name}") for name in names))
            self.by_process[lane.facts.process].extend(Instance(*row) for row in rows)
        called = [lane.integers(f"{of}.client") for lane in lanes for of in ("exchange", "slice")]
        self._called = frozenset(distinct(np.concatenate(called)).tolist()) if called else frozenset()

    def own(self, client: int) -> bool:
        """Whether objects of that client are the program's: a client that it never calls, while it calls another one, is a
        part of that one (the pools of urllib3 in sessions of requests)."""
        return client in self._called or not self._called

    def member(self, lane: Lane, exchange: int) -> Member:
        """The client object that made the exchange, by process and number; the number is -1 where not known."""
        return lane.facts.process, int(lane.instance[exchange])

    def of(self, lane: Lane, exchange: int) -> Instance | None:
        """The client object that made the exchange; None where not known."""
        process, number = self.member(lane, exchange)
        built = self.by_process[process]
        return built[number] if 0 <= number < len(built) else None

    def settings_of(self, lane: Lane, exchange: int) -> Settings | None:
        """The settings of the client object that made the exchange; None where not known."""
        instance = self.of(lane, exchange)
        return None if instance is None else self.settings(instance)

    def settings_used(self, lane: Lane, numbers: Integers) -> list[Settings]:
        """The settings of the client objects that made these exchanges, one for each object; unknown ones are left out."""
        first = numbers[np.unique(lane.instance[numbers], return_index=True)[1]]
        found = (self.settings_of(lane, number) for number in first.tolist())
        return [settings for settings in found if settings is not None]

    def one_host_bounds(self, process: int) -> list[bool]:
        """Which client objects of the process meet the limit of one host before that of all."""
        found = [self.settings(instance) for instance in self.by_process[process]]
        return [settings is not None and settings.one_host_bounds for settings in found]

    def settings(self, instance: Instance) -> Settings | None:
        """The settings of a client object; None where not known."""
        known = 0 <= instance.settings < len(self._facts.settings)
        return self._facts.settings[instance.settings] if known else None


def found_settings(facts: ProgramFacts, lanes: Sequence[Lane], instances: Instances) -> tuple[FoundSettings, ...]:
    """One row for each place that builds clients and each kind of settings, beside what the load needed."""
    rows: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for process, built in instances.by_process.items():
        for number, instance in enumerate(built):
            if not instances.own(instance.client):
                continue
            rows[instance.client, instance.site, instance.settings].append((process, number))
    needed, connections = _most_in_flight(lanes), _most_connections(lanes, instances)
    found: list[FoundSettings] = []
    for (client, site, settings), members in rows.items():
        if not 0 <= settings < len(facts.settings):
            continue
        place = facts.sites[site] if 0 <= site < len(facts.sites) else NOWHERE
        found.append(
            FoundSettings(
                client=facts.clients[client] if 0 <= client < len(facts.clients) else NO_CLIENT,
                file=place.file,
                line=place.line,
                instances=len(members),
                settings=facts.settings[settings],
                most_in_flight=max((needed.get(member, 0) for member in members), default=0),
                most_connections=_largest([connections.get(member, 0) for member in members]),
            )
        )
    return tuple(sorted(found, key=lambda row: -row.most_in_flight))


def _largest(counts: Sequence[int | None]) -> int | None:
    """None where one is not known, or there is nothing but zeros: nobody saw a connection."""
    known = [count for count in counts if count is not None]
    return max(known, default=0) or None if len(known) == len(counts) else None


def _most_in_flight(lanes: Sequence[Lane]) -> dict[Member, int]:
    """How many exchanges each client object had open at once at most; blocking ones included. One whose response was
    collected unread is open no longer than that."""
    most: dict[Member, int] = {}
    for lane in lanes:
        instance = lane.instance
        until = np.where(lane.ended > 0, lane.ended, lane.of_exchanges("dropped_ns", 0))
        for number in distinct(instance[instance >= 0]).tolist():
            mine = instance == number
            key = (lane.facts.process, number)
            most[key] = max(most.get(key, 0), _most_at_once(lane.started[mine], until[mine]))
    return most


def _most_connections(lanes: Sequence[Lane], instances: Instances) -> dict[Member, int | None]:
    """How many connections each client object had open at once at most; None where some are not known to be anybody's.

    A connection is of the client object whose exchange opened it. Where exchanges of the lane were not kept, one that none
    of the others opened can only be told in a process that built one client object.
    """
    opened: dict[Member, list[tuple[int, int]]] = defaultdict(list)
    doubtful: set[int] = set()
    for lane in lanes:
        process = lane.facts.process
        instance = lane.instance
        only = 0 if lane.facts.detail_lost and len(instances.by_process[process]) == 1 else -1
        closed = dict(
            zip(*(lane.integers(f"closing.{name}").tolist() for name in ("connection", "at_ns")), strict=True)
        )
        rows = pairs(lane.integers("connection.opened_ns"), lane.integers("connection.exchange"))
        for number, (at, exchange) in enumerate(rows, start=1):
            owner = int(instance[exchange]) if 0 <= exchange < len(instance) else only
            if owner < 0 and lane.facts.detail_lost:
                doubtful.add(process)
            opened[process, owner].append((at, closed.get(number, 0)))
    return {
        (process, number): None if process in doubtful else _most_at_once(*np.array(rows, dtype=np.int64).T)
        for (process, number), rows in opened.items()
    }


def _most_at_once(began: Integers, ended: Integers) -> int:
    """How many lay over each other at most; 0 is an end that has not come."""
    ended = np.where(ended > 0, ended, np.iinfo(np.int64).max)
    # Whatever ends at the instant at which another begins has ended.
    order = np.lexsort((np.repeat([1, 0], [len(began), len(ended)]), np.concatenate([began, ended])))
    change = np.concatenate([np.ones(len(began), dtype=np.int64), -np.ones(len(ended), dtype=np.int64)])[order]
    return int(np.cumsum(change).max(initial=0))
