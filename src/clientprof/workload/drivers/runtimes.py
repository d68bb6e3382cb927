"""Which driver runs a client: one per runtime."""

from typing import Protocol

from clientprof.clients.adapter import Adapter, AsyncAdapter, SyncAdapter
from clientprof.workload.drivers.asyncio_driver import AsyncioDriver
from clientprof.workload.drivers.thread_driver import ThreadDriver
from clientprof.workload.drivers.trio_driver import TrioDriver
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.rounds import Rounds
from clientprof.workload.sequence import Operations


class Driver(Protocol):
    """Carries out the operations of a sequence. ``loop_name`` says on what, once driven."""

    loop_name: str

    def drive(self, operations: Operations) -> int:
        """Carry them all out; returns what the sequence returns."""


def driver_for(adapter: Adapter, rounds: Rounds, scenario: Scenario, lens: Lens) -> Driver:
    """The driver of this client in this scenario.

    Raises:
        ValueError: there is none.
    """
    if isinstance(adapter, AsyncAdapter) and scenario.loop is Loop.TRIO:
        return TrioDriver(adapter, rounds, scenario, lens.trio_instruments(), tagged=lens.tagged)
    if isinstance(adapter, AsyncAdapter):
        return AsyncioDriver(adapter, rounds, scenario, lens.loop_factory(), tagged=lens.tagged)
    if isinstance(adapter, SyncAdapter):
        return ThreadDriver(
            adapter,
            rounds,
            scenario,
            tagged=lens.tagged,
            begin_thread=lens.begin_thread,
            end_thread=lens.end_thread,
        )
    raise ValueError(f"no way to run {adapter.name} on {scenario.loop}")
