"""Asynchronous clients on trio: a nursery per round, a task per request."""

from time import perf_counter_ns
from typing import Any

from clientprof.clients.adapter import AsyncAdapter
from clientprof.probes.exchange import EXCHANGE
from clientprof.workload.drivers.async_driver import AsyncDriver
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import RoundOutcome, Rounds
from clientprof.workload.sequence import REST_S, Operations


class TrioDriver(AsyncDriver):
    """Runs under ``trio.run`` with the given instruments."""

    def __init__(
        self,
        adapter: AsyncAdapter,
        rounds: Rounds,
        scenario: Scenario,
        instruments: tuple[Any, ...],
        *,
        tagged: bool,
    ) -> None:
        super().__init__(adapter, rounds, scenario, tagged=tagged)
        self._instruments = instruments

    def drive(self, operations: Operations) -> int:
        import trio

        self.loop_name = f"trio {trio.__version__}"
        return trio.run(self._drive, operations, instruments=self._instruments)

    async def at_once(self, client: Any, outcome: RoundOutcome) -> None:
        import trio

        async with trio.open_nursery() as nursery:
            for index in range(outcome.count):
                self._start(nursery, self.run_exchange, client, outcome, index)

    async def in_flight(self, client: Any, outcome: RoundOutcome, most: int) -> None:
        import trio

        waiting = iter(range(most, outcome.count))

        async def one(client: Any, outcome: RoundOutcome, index: int) -> None:
            await self.run_exchange(client, outcome, index)
            following = next(waiting, None)
            if following is not None:
                self._start(nursery, one, client, outcome, following)

        async with trio.open_nursery() as nursery:
            for index in range(most):
                self._start(nursery, one, client, outcome, index)

    async def rest(self) -> None:
        import trio

        await trio.sleep(REST_S)

    async def on_schedule(self, client: Any, outcome: RoundOutcome, interval_s: float) -> None:
        import trio

        began_ns = perf_counter_ns()
        async with trio.open_nursery() as nursery:
            for index in range(outcome.count):
                due_ns = began_ns + round(index * interval_s * 1e9)
                wait_s = (due_ns - perf_counter_ns()) / 1e9
                if wait_s > 0:
                    await trio.sleep(wait_s)
                outcome.started[index] = due_ns
                self._start(nursery, self.run_exchange, client, outcome, index)

    def _start(self, nursery: Any, function: Any, client: Any, outcome: RoundOutcome, index: int) -> None:
        if not self._tagged:
            nursery.start_soon(function, client, outcome, index)
            return
        # A new task gets a copy of the context of whoever starts it.
        before = EXCHANGE.set(outcome.first + index)
        nursery.start_soon(function, client, outcome, index)
        EXCHANGE.reset(before)
