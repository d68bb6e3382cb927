"""The client objects that a program built: where, how often, with which settings, and what the load needed of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.call_sites import NO_CLIENT, NOWHERE
from clientprof.attribution.programs.lane import Lane, pairs
from clientprof.model.programs.recording import ProgramFacts, Settings
from clientprof.model.programs.results import FoundSettings
from clientprof.stats.distinct import distinct


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

    def of(self, lane: Lane, exchange: int) -> Instance | None:
        """The client object that made the exchange; None where not known."""
        number = int(lane.of_exchanges("instance")[exchange])
        built = self.by_process[lane.facts.process]
        return built[number] if 0 <= number < len(built) else None

    def settings_of(self, lane: Lane, exchange: int) -> Settings | None:
        """The settings of the client object that made the exchange; None where not known."""
        instance = self.of(lane, exchange)
        return None if instance is None else self.settings(instance)

    def settings(self, instance: Instance) -> Settings | None:
        """The settings of a client object; None where not known."""
        known = 0 <= instance.settings < len(self._facts.settings)
        return self._facts.settings[instance.settings] if known else None


def found_settings(facts: ProgramFacts, lanes: Sequence[Lane], instances: Instances) -> tuple[FoundSettings, ...]:
    """One row for each place that builds clients and each kind of settings, beside what the load needed."""
    rows: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for process, built in instances.by_process.items():
        for number, instance in enumerate(built):
            rows[instance.client, instance.site, instance.settings].append((process, number))
    needed = _most_in_flight(lanes)
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
                most_connections=None,
            )
        )
    return tuple(sorted(found, key=lambda row: -row.most_in_flight))


def _most_in_flight(lanes: Sequence[Lane]) -> dict[tuple[int, int], int]:
    """How many exchanges each client object had open at once at most, by process and number; blocking ones included."""
    most: dict[tuple[int, int], int] = {}
    for lane in lanes:
        instance = lane.of_exchanges("instance")
        for number in distinct(instance[instance >= 0]).tolist():
            mine = instance == number
            started, ended = lane.started[mine], lane.ended[mine]
            ended = np.where(ended > 0, ended, np.iinfo(np.int64).max)
            order = np.argsort(np.concatenate([started, ended]), kind="stable")
            change = np.concatenate([np.ones(len(started)), -np.ones(len(ended))])[order]
            key = (lane.facts.process, number)
            most[key] = max(most.get(key, 0), int(np.cumsum(change).max()))
    return most
