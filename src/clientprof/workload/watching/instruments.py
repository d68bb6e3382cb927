"""The instruments of ``watching()``: put in when the first block opens, taken out when the last one closes."""

import threading
from functools import partial
from typing import Any

from clientprof.clients.programs import CLIENT_PACKAGES, OBSERVED
from clientprof.clients.programs.observed import Observed
from clientprof.model.costs.watching import Costs, SiteCosts, Watched
from clientprof.model.programs.recording import CallSite
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.handed_calls import install_handed_calls
from clientprof.probes.programs.imports import ImportWatch
from clientprof.probes.programs.sites import Sites
from clientprof.probes.watching.counted_exchanges import CountedExchanges, KeptNames
from clientprof.probes.watching.counting_seams import CountingSeams
from clientprof.probes.watching.live_loops import LiveLoops
from clientprof.probes.watching.tally import NOWHERE, Counts, Tally
from clientprof.workload.watching.counted_connection_entries import CountedConnectionEntries
from clientprof.workload.watching.counted_entries import CountedEntries


class Instruments:
    """All instruments of one time of watching. Counts only grow; a block subtracts what there was when it opened."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.names = KeptNames()
        self.tally = Tally()
        self._patches = Patches()
        self._sites = Sites(self.names, CLIENT_PACKAGES)
        self._exchanges = CountedExchanges(self.names, self._sites, self.failures, self.tally)
        self._seams = CountingSeams(self._exchanges, self._patches, self.failures)
        self._loops = LiveLoops(self._exchanges, self._seams, self._patches, self.failures)
        self._imports = ImportWatch(self.failures.remove)

    def install(self) -> None:
        """What is not imported yet is seen when it is."""
        self._imports.install()
        when = self._imports.when
        for observed in OBSERVED.values():
            kind = CountedConnectionEntries if observed.sends else CountedEntries
            entries = kind(observed, self._exchanges, self._patches, self.failures)
            for module, installs in entries.targets().items():
                for install in installs:
                    when(module, install)
            when(observed.module, partial(self._on_client, observed))
        when("socket", self._seams.on_socket)
        when("ssl", self._seams.on_ssl)
        install_handed_calls(self._sites, self._patches, self.failures, when)
        when("asyncio", self._loops.on_asyncio)
        when("uvloop", self._loops.on_uvloop)
        when("trio", self._loops.on_trio)

    def uninstall(self) -> None:
        """As if nothing had been there. Calls under way end in wrappers that do nothing any more."""
        self._exchanges.standing.settle()
        self._exchanges.watching = False
        self._imports.uninstall()
        self._patches.restore_ours()

    def _on_client(self, observed: Observed) -> None:
        # A function that only waits is never called where nobody does: then the wait is exactly 0, and costs nothing.
        if observed.queues and all(self._seams.queue(target) for target in observed.queues):
            return
        for mark in observed.tables().marks:
            self._imports.once(mark.target, partial(self._seams.pool, mark))
        for target in observed.creates:
            self._imports.once(target, partial(self._seams.creates, target))

    def counts(self) -> Counts:
        """So far, with what stands still in the calling thread just now."""
        self._exchanges.standing.settle()
        return self.tally.copy()

    def since(self, earlier: Counts) -> Watched:
        """What was counted since ``earlier``."""
        now = self.counts()
        total, sites = Costs(), []
        for place, counts in now.places.items():
            costs = _costs(counts) - _costs(earlier.places.get(place, (0,) * 6))
            if not costs:
                continue
            total += costs
            if place != NOWHERE:
                sites.append(SiteCosts(self._site(place[0]), self.names.row("client", place[1])[0], costs))
        sites.sort(key=lambda each: (-each.costs.requests, -each.costs.blocked_s))
        failures = {
            self.names.row("error", number)[0]: count - earlier.failures.get(number, 0)
            for number, count in now.failures.items()
            if count > earlier.failures.get(number, 0)
        }
        return Watched(total, tuple(sites), failures, self.failures.notes)

    def _site(self, number: int) -> CallSite | None:
        return CallSite(*self.names.row("site", number)) if number >= 0 else None


def _costs(counts: Any) -> Costs:
    requests, failures, connections, handshakes, pool_ns, blocked_ns = counts
    return Costs(requests, failures, connections, handshakes, pool_ns / 1e9, blocked_ns / 1e9)


_shared: list[Instruments] = []
_holders = 0
_lock = threading.Lock()


def share() -> Instruments:
    """The instruments of the process, put in if nobody else watches. Give them back by ``release``."""
    global _holders
    with _lock:
        if not _shared:
            made = Instruments()
            try:
                made.install()
            except BaseException:
                made.uninstall()
                raise
            _shared.append(made)
        _holders += 1
        return _shared[0]


def release() -> None:
    """One holder less; the last one has the instruments taken out."""
    global _holders
    with _lock:
        _holders -= 1
        if not _holders:
            _shared.pop().uninstall()
