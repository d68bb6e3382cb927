"""Asynchronous clients on an asyncio event loop, the standard library's or uvloop."""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from clientprof.clients.adapter import AsyncAdapter
from clientprof.probes.exchange import EXCHANGE
from clientprof.workload.drivers.async_driver import AsyncDriver
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import RoundOutcome, Rounds
from clientprof.workload.sequence import REST_S, Operations


class AsyncioDriver(AsyncDriver):
    """Runs on a loop of ``loop_factory``."""

    def __init__(
        self,
        adapter: AsyncAdapter,
        rounds: Rounds,
        scenario: Scenario,
        loop_factory: Callable[[], asyncio.AbstractEventLoop],
        *,
        tagged: bool,
    ) -> None:
        super().__init__(adapter, rounds, scenario, tagged=tagged)
        self._loop_factory = loop_factory

    def drive(self, operations: Operations) -> int:
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            self.loop_name = _name_of(runner.get_loop())
            return runner.run(self._drive(operations))

    async def at_once(self, client: Any, outcome: RoundOutcome) -> None:
        await asyncio.gather(*(self._task(client, outcome, index) for index in range(outcome.count)))

    def _task(self, client: Any, outcome: RoundOutcome, index: int) -> "asyncio.Task[None]":
        loop = asyncio.get_running_loop()
        if not self._tagged:
            return loop.create_task(self.run_exchange(client, outcome, index))
        context = contextvars.copy_context()
        context.run(EXCHANGE.set, outcome.first + index)
        return loop.create_task(self.run_exchange(client, outcome, index), context=context)

    async def in_flight(self, client: Any, outcome: RoundOutcome, most: int) -> None:
        finished = asyncio.get_running_loop().create_future()
        waiting = iter(range(most, outcome.count))
        left = outcome.count

        def start(index: int) -> None:
            self._task(client, outcome, index).add_done_callback(done)

        def done(_: "asyncio.Task[None]") -> None:
            nonlocal left
            left -= 1
            following = next(waiting, None)
            if following is not None:
                start(following)
            elif left == 0:
                finished.set_result(None)

        for index in range(most):
            start(index)
        await finished

    async def rest(self) -> None:
        await asyncio.sleep(REST_S)

    async def on_schedule(self, client: Any, outcome: RoundOutcome, interval_s: float) -> None:
        began_ns = perf_counter_ns()
        tasks = []
        for index in range(outcome.count):
            due_ns = began_ns + round(index * interval_s * 1e9)
            wait_s = (due_ns - perf_counter_ns()) / 1e9
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            outcome.started[index] = due_ns
            tasks.append(self._task(client, outcome, index))
        await asyncio.gather(*tasks)


def _name_of(loop: asyncio.AbstractEventLoop) -> str:
    """What results call the loop: ``asyncio selector``, ``uvloop 0.23.0``."""
    if isinstance(loop, asyncio.SelectorEventLoop):
        return "asyncio selector"
    for kind in type(loop).__mro__:
        if kind.__module__.partition(".")[0] == "uvloop":
            return f"uvloop {sys.modules['uvloop'].__version__}"
    return f"asyncio {type(loop).__name__}"
