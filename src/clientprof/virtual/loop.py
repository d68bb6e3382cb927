"""asyncio's own selector loop, on the virtual clock; what it would give to threads happens at its next select."""

import asyncio
from collections.abc import Callable
from typing import Any

from clientprof.virtual.agenda import Agenda
from clientprof.virtual.clock import VirtualClock
from clientprof.virtual.network import Network
from clientprof.virtual.readiness import MemorySelector


class VirtualLoop(asyncio.SelectorEventLoop):
    """Names are looked up in memory, and functions meant for an executor run in the loop's own thread."""

    def __init__(self, selector: MemorySelector, network: Network, clock: VirtualClock, agenda: Agenda) -> None:
        self._virtual_clock = clock
        self._agenda = agenda
        self._network = network
        super().__init__(selector)
        # With asyncio's, a whole nanosecond, a timer that is due in the next one would fire at once.
        self._clock_resolution = 0.25e-9

    def time(self) -> float:
        return self._virtual_clock.seconds()

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        return list(await self._later(lambda: self._network.resolve(host, port, type, proto)))

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        return str(sockaddr[0]), str(sockaddr[1])

    def run_in_executor(  # type: ignore[override]  # mypy wants the types of arguments to be told
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        return self._later(lambda: func(*args))

    def _later(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        future = self.create_future()

        def do() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(work())
            except Exception as error:
                future.set_exception(error)

        def tell(_: int) -> None:
            self.call_soon_threadsafe(do)  # as a thread would

        self._agenda.add(self._virtual_clock.now_ns, tell)
        return future
