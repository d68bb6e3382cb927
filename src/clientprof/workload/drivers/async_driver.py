"""What drivers of asynchronous clients share: operations in order, arrivals, one exchange timed and verified."""

from abc import ABC, abstractmethod
from time import perf_counter_ns
from typing import Any

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Request
from clientprof.model.run import RoundKind
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import RoundOutcome, Rounds
from clientprof.workload.sequence import Close, Open, Operations, Rest, Round


class AsyncDriver(ABC):
    """Carries out a sequence's operations with a task per request, so that every exchange has a context of its own.

    ``tagged`` gives every exchange its context variable, which the ledger and the sampler need and the control run leaves
    out.
    """

    def __init__(self, adapter: AsyncAdapter, rounds: Rounds, scenario: Scenario, *, tagged: bool) -> None:
        self._adapter = adapter
        self._rounds = rounds
        self._scenario = scenario
        self._tagged = tagged
        self._options = ClientOptions()
        self.loop_name = ""

    @abstractmethod
    def drive(self, operations: Operations) -> int:
        """Carry them all out; returns what the sequence returns."""

    @abstractmethod
    async def at_once(self, client: Any, outcome: RoundOutcome) -> None:
        """All requests of a round, started one after the other without a pause."""

    @abstractmethod
    async def in_flight(self, client: Any, outcome: RoundOutcome, most: int) -> None:
        """A new request as soon as one is done."""

    @abstractmethod
    async def on_schedule(self, client: Any, outcome: RoundOutcome, interval_s: float) -> None:
        """Requests at fixed times, however many are in flight; a late start is part of the latency."""

    @abstractmethod
    async def rest(self) -> None:
        """Nothing, for ``REST_S``."""

    async def _drive(self, operations: Operations) -> int:
        client: Any = None
        result = 0
        operation = next(operations)
        while True:
            match operation:
                case Open(options):
                    self._options = options
                    client = None if self._scenario.client_each else self._adapter.build(options)
                case Round(count, kind):
                    result = await self._round(client, count, kind)
                case Rest():
                    await self.rest()
                case Close() if client is not None:
                    await self._adapter.close(client)
            try:
                operation = operations.send(result)
            except StopIteration as stop:
                return int(stop.value)

    async def _round(self, client: Any, count: int, kind: RoundKind) -> int:
        """One round, of which nothing is left here when it has ended."""
        outcome = self._rounds.begin(count, kind)
        await self._run(client, outcome)
        return self._rounds.end(outcome)

    async def _run(self, client: Any, outcome: RoundOutcome) -> None:
        scenario, count = self._scenario, outcome.count
        if scenario.rate_per_s is not None and outcome.kind is not RoundKind.WARMUP:
            await self.on_schedule(client, outcome, 1 / scenario.rate_per_s)
        elif count > scenario.concurrency:
            await self.in_flight(client, outcome, scenario.concurrency)
        else:
            await self.at_once(client, outcome)

    async def run_exchange(self, client: Any, outcome: RoundOutcome, index: int) -> None:
        """One request, timed and verified. Errors are kept by exchange, never raised: a failed request is a result."""
        if not outcome.started[index]:
            outcome.started[index] = perf_counter_ns()
        try:
            request = self._rounds.request(outcome, index)
            if client is None:
                answer = await self._fetch_alone(request)
            else:
                answer = await self._adapter.fetch(client, request)
            outcome.ended[index] = perf_counter_ns()
        except Exception as error:
            outcome.ended[index] = perf_counter_ns()
            outcome.errors[index] = error
            return
        self._rounds.keep(outcome, index, answer)

    async def _fetch_alone(self, request: Request) -> Answer:
        """A client built for this request, and closed after it."""
        client = self._adapter.build(self._options)
        try:
            return await self._adapter.fetch(client, request)
        finally:
            await self._adapter.close(client)
