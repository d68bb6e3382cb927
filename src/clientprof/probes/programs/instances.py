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
    """Writes ``built.*``, ``settled.*`` and ``closedclient.*`` of the THREADS lane."""

    def __init__(self, book: LaneBook, sites: Sites) -> None:
        self._sites = sites
        self._numbers: dict[int, int] = {}
        # Those that a library built for itself: rows, by the object, until a call is made by it.
        self._unused: dict[int, tuple[int, int, int, int, int]] = {}
        # The settings of those by which no call was made yet, by number.
        self._uncalled: dict[int, int] = {}
        self._next_number = itertools.count().__next__
        group = book.threads.group
        self._built = group("built", ("instance", "built_ns", "built_us", "client", "site", "settings"), kept=True)
        self._settled = group("settled", ("instance", "settings"), kept=True)
        self._closed = group("closedclient", ("instance", "at_ns"), kept=True)

    def forget(self) -> None:
        """This is a process of its own now, forked off: its objects are numbered anew. Those of before have no number here,
        for no row of this process tells of them."""
        self._numbers.clear()
        self._unused.clear()
        self._uncalled.clear()
        self._next_number = itertools.count().__next__

    def number_of(self, client: Any) -> int:
        """The number of a client object that a call is made by; -1 where it has none."""
        number = self._numbers.get(id(client), -1)
        if number < 0 and self._unused:
            row = self._unused.pop(id(client), None)
            return -1 if row is None else self._add(client, row)
        return number

    def built(
        self, client: Any, number: int, frame: FrameType | None, started_ns: int, settings: int, *, own: bool = False
    ) -> None:
        """A client object was built, of the client of that number. Of objects beyond the most that are kept only the count
        is known. ``own``: the library did so for itself, and it counts only once a call is made by it."""
        now_ns = perf_counter_ns()
        row = now_ns, (now_ns - started_ns) // 1000, number, self._sites.of(frame), settings
        self._numbers.pop(id(client), None)
        if own:
            self._unused[id(client)] = row
        else:
            self._add(client, row)

    def part(self, part: Any, number: int) -> None:
        """The client object of that number made a part of itself: a call that is made by it is the client object's."""
        if number >= 0:
            self._numbers[id(part)] = number

    def is_uncalled(self, number: int) -> bool:
        """Whether no call was made yet by the client object of that number: its settings may be others than it was built
        with."""
        return number in self._uncalled

    def settled(self, number: int, settings: int) -> None:
        """A first call is made by the client object of that number, with these settings."""
        if self._uncalled.pop(number, settings) != settings:
            self._settled.add((number, settings))

    def adopt(self, client: Any, number: int, since_ns: int, settings: int) -> int:
        """A client object that was built before the process was measured: known from its first call on."""
        return self._add(client, (since_ns, 0, number, -1, settings))

    def closed(self, client: Any) -> None:
        """A client object was closed."""
        instance = self.number_of(client)
        if instance >= 0:
            self._closed.add((instance, perf_counter_ns()))

    def _add(self, client: Any, row: tuple[int, int, int, int, int]) -> int:
        instance = self._next_number()
        if instance >= MOST_INSTANCES:
            return -1
        self._numbers[id(client)] = instance
        self._uncalled[instance] = row[-1]
        self._built.add((instance, *row))
        return instance
