"""The client objects of a process, by number: when each was built and closed, where, and with which settings."""

import itertools
from time import perf_counter_ns
from types import FrameType
from typing import Any

from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.sites import Sites

# A program that builds a client for each call builds as many as it makes calls.
MOST_INSTANCES = 20_000


class Instances:
    """Writes ``built.*`` and ``closedclient.*`` of the THREADS lane."""

    def __init__(self, book: LaneBook, sites: Sites) -> None:
        self._sites = sites
        self._numbers: dict[int, int] = {}
        self._next_number = itertools.count().__next__
        group = book.threads.group
        self._built = group("built", ("instance", "built_ns", "built_us", "client", "site", "settings"), kept=True)
        self._closed = group("closedclient", ("instance", "at_ns"), kept=True)

    def forget(self) -> None:
        """This is a process of its own now, forked off: its objects are numbered anew. Those of before have no number here,
        for no row of this process tells of them."""
        self._numbers.clear()
        self._next_number = itertools.count().__next__

    def number_of(self, client: Any) -> int:
        """The number of a client object; -1 where it has none."""
        return self._numbers.get(id(client), -1)

    def built(self, client: Any, number: int, frame: FrameType | None, started_ns: int, settings: int) -> None:
        """A client object was built, of the client of that number. Of objects beyond the most that are kept only the count
        is known."""
        now_ns = perf_counter_ns()
        instance = self._next_number()
        if instance >= MOST_INSTANCES:
            self._numbers.pop(id(client), None)
            return
        self._numbers[id(client)] = instance
        site = self._sites.of(frame)
        self._built.add((instance, now_ns, (now_ns - started_ns) // 1000, number, site, settings))

    def adopt(self, client: Any, number: int, since_ns: int, settings: int) -> int:
        """A client object that was built before the process was measured: known from its first call on."""
        instance = self._next_number()
        if instance >= MOST_INSTANCES:
            return -1
        self._numbers[id(client)] = instance
        self._built.add((instance, since_ns, 0, number, -1, settings))
        return instance

    def closed(self, client: Any) -> None:
        """A client object was closed."""
        instance = self.number_of(client)
        if instance >= 0:
            self._closed.add((instance, perf_counter_ns()))
