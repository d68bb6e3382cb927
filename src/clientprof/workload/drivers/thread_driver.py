"""Blocking clients: one request at a time in each of ``concurrency`` threads, the main thread among them.

The other threads are made before a round's clocks are read and kept until the end. Between rounds each stands at a gate of
its own, a plain lock: opening it is one call that keeps the interpreter, so none of them runs before all gates are open. The
main thread works too, because it is the one that can be sampled.
"""

import contextvars
import itertools
import threading
import time
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.clients.adapter import Answer, ClientOptions, Request, SyncAdapter
from clientprof.model.run import RoundKind
from clientprof.probes.exchange import EXCHANGE
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import RoundOutcome, Rounds, ThreadTimes
from clientprof.workload.sequence import REST_S, Close, Open, Operations, Rest, Round

MAX_THREADS = 1024


def _nothing(_: RoundKind) -> None:
    """No instrument in the threads."""


class Crew:
    """Threads that are kept. Close it in the end, or the process does not exit."""

    def __init__(self) -> None:
        self._gates: list[threading.Lock] = []
        self._threads: list[threading.Thread] = []
        self._job: Callable[[int], None] | None = None
        self._wanted = 0
        self._finished = itertools.count(1)
        self._all_finished = threading.Lock()
        self._all_finished.acquire()
        self._errors: list[BaseException] = []

    def grow(self, count: int) -> None:
        """Make sure of so many threads."""
        while len(self._threads) < count:
            gate = threading.Lock()
            gate.acquire()
            number = len(self._threads) + 1
            thread = threading.Thread(target=self._serve, args=(number, gate), name=f"client-{number}")
            thread.start()
            self._gates.append(gate)
            self._threads.append(thread)

    def run(self, job: Callable[[int], None], count: int) -> None:
        """Have the first ``count`` threads call ``job`` with numbers from 1 on, call ``job(0)``, and wait for all.

        Raises:
            BaseException: what a job raised first.
        """
        self._job, self._wanted, self._finished = job, count, itertools.count(1)
        for gate in self._gates[:count]:
            gate.release()
        try:
            job(0)
        finally:
            if count:
                self._all_finished.acquire()
        # It would keep the round's results alive until the next.
        self._job = None
        if self._errors:
            raise self._errors.pop(0)

    def close(self) -> None:
        """Let the threads end, and wait for them."""
        self._job = None
        for gate in self._gates:
            gate.release()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._gates.clear()

    def _serve(self, number: int, gate: threading.Lock) -> None:
        while True:
            gate.acquire()
            job = self._job
            if job is None:
                return
            try:
                job(number)
            except BaseException as error:
                self._errors.append(error)
            # The next number of a count is one bytecode's work: no two threads get the same.
            if next(self._finished) == self._wanted:
                self._all_finished.release()


class ThreadDriver:
    """Carries out a sequence's operations in threads.

    ``tagged`` sets the exchange's context variable; ``begin_thread`` and ``end_thread`` are the lens's, called in each
    thread around its part of a round.
    """

    def __init__(
        self,
        adapter: SyncAdapter,
        rounds: Rounds,
        scenario: Scenario,
        *,
        tagged: bool,
        begin_thread: Callable[[RoundKind], None] = _nothing,
        end_thread: Callable[[RoundKind], None] = _nothing,
    ) -> None:
        self._adapter = adapter
        self._rounds = rounds
        self._scenario = scenario
        self._tagged = tagged
        self._begin_thread = begin_thread
        self._end_thread = end_thread
        self._options = ClientOptions()
        self._crew = Crew()
        threads = scenario.concurrency
        self.loop_name = "none: the main thread" if threads == 1 else f"none: {threads} threads"

    def drive(self, operations: Operations) -> int:
        """Carry them all out; returns what the sequence returns."""
        try:
            # In a context of its own: the main thread's last exchange must not be known outside.
            return contextvars.copy_context().run(self._drive, operations)
        finally:
            self._crew.close()

    def _drive(self, operations: Operations) -> int:
        client: Any = None
        result = 0
        operation = next(operations)
        while True:
            match operation:
                case Open(options):
                    self._options = options
                    client = None if self._scenario.client_each else self._adapter.build(options)
                case Round(count, kind):
                    result = self._round(client, count, kind)
                case Rest():
                    time.sleep(REST_S)
                case Close() if client is not None:
                    self._adapter.close(client)
            try:
                operation = operations.send(result)
            except StopIteration as stop:
                return int(stop.value)

    def _round(self, client: Any, count: int, kind: RoundKind) -> int:
        threads = min(count, self._scenario.concurrency)
        self._crew.grow(threads - 1)
        outcome = self._rounds.begin(count, kind)
        outcome.threads = times = ThreadTimes(count)
        waiting = itertools.count(threads)

        def work(number: int) -> None:
            began_ns = thread_time_ns()
            self._begin_thread(kind)
            try:
                index = number
                while index < count and not self._rounds.stopping:
                    self.run_exchange(client, outcome, index, number)
                    index = next(waiting)
            finally:
                self._end_thread(kind)
                if number:
                    times.add(thread_time_ns() - began_ns)

        self._crew.run(work, threads - 1)
        return self._rounds.end(outcome)

    def run_exchange(self, client: Any, outcome: RoundOutcome, index: int, thread: int) -> None:
        """One request, timed and verified. Errors are kept by exchange, never raised: a failed request is a result."""
        times = outcome.threads
        assert times is not None
        times.thread[index] = thread
        if self._tagged:
            EXCHANGE.set(outcome.first + index)
        # The CPU clock is read before the other at both ends, so that no exchange seems to run for longer than it took.
        times.cpu_started[index] = began_ns = thread_time_ns()
        outcome.started[index] = perf_counter_ns()
        try:
            request = self._rounds.request(outcome, index)
            answer = self._fetch_alone(request) if client is None else self._adapter.fetch(client, request)
            times.cpu[index] = thread_time_ns() - began_ns
            outcome.ended[index] = perf_counter_ns()
        except Exception as error:
            times.cpu[index] = thread_time_ns() - began_ns
            outcome.ended[index] = perf_counter_ns()
            outcome.errors[index] = error
            return
        self._rounds.keep(outcome, index, answer)

    def _fetch_alone(self, request: Request) -> Answer:
        """A client built for this request, and closed after it."""
        client = self._adapter.build(self._options)
        try:
            return self._adapter.fetch(client, request)
        finally:
            self._adapter.close(client)
