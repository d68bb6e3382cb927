"""Rounds of requests: all at once on one shared client, every answer verified.

An exchange is timed by two clock reads around the client's call, in every lens; what else is recorded is the lens's
business. An answer of the wrong status or size is a failed request of type ``WrongStatus`` or ``WrongBody``.
"""

import asyncio
import contextvars
import gc
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns, thread_time_ns
from typing import Any

from clientprof.clients.adapter import Adapter
from clientprof.model.recording import RoundKind
from clientprof.probes.exchange import EXCHANGE
from clientprof.recording.recorder import Recorder


class WrongStatus(Exception):
    """The answer's status is not the expected one."""


class WrongBody(Exception):
    """The answer's body does not have the expected length."""


@dataclass(slots=True)
class RoundOutcome:
    """One round's exchanges: ``perf_counter_ns`` stamps, verified answers, and errors by exchange."""

    kind: RoundKind
    first: int
    started: "array[int]"
    ended: "array[int]"
    status: "array[int]"
    body_bytes: "array[int]"
    stamps: list[str | None]
    errors: dict[int, Exception]


class Rounds:
    """Runs rounds against one URL and writes ``round.*`` and ``exchange.*`` columns.

    ``tagged`` gives every exchange its context variable, which the ledger and the sampler need and the control run
    leaves out; ``stamp_header`` is the response header to keep, None to keep none. ``on_begin`` and ``on_end`` are the
    lens's, called just outside the clock reads of a round.
    """

    def __init__(
        self,
        adapter: Adapter,
        recorder: Recorder,
        url: str,
        expected_status: int,
        expected_bytes: int | None,
        *,
        tagged: bool,
        stamp_header: str | None,
        parse_stamps: Callable[[str], tuple[int, int] | None],
        on_begin: Callable[[RoundKind], None],
        on_end: Callable[[RoundKind], None],
    ) -> None:
        self._adapter = adapter
        self._recorder = recorder
        self._url = url
        self._expected_status = expected_status
        self._expected_bytes = expected_bytes
        self._tagged = tagged
        self._stamp_header = stamp_header
        self._parse_stamps = parse_stamps
        self._on_begin = on_begin
        self._on_end = on_end
        self._exchanges = 0
        self.error_types: dict[str, int] = {}
        self.error_texts: list[str] = []

    async def run(self, client: Any, concurrency: int, kind: RoundKind) -> int:
        """Run one round and record it; returns the process CPU it took, in nanoseconds."""
        outcome = RoundOutcome(
            kind=kind,
            first=self._exchanges,
            started=array("q", bytes(8 * concurrency)),
            ended=array("q", bytes(8 * concurrency)),
            status=array("q", bytes(8 * concurrency)),
            body_bytes=array("q", bytes(8 * concurrency)),
            stamps=[None] * concurrency,
            errors={},
        )
        self._exchanges += concurrency
        loop = asyncio.get_running_loop()
        # A round must not pay for the garbage of the one before.
        gc.collect()
        involuntary = _involuntary_switches()
        self._on_begin(kind)
        started_ns, cpu_ns, thread_cpu_ns = perf_counter_ns(), process_time_ns(), thread_time_ns()
        if self._tagged:
            tasks = []
            for index in range(concurrency):
                context = contextvars.copy_context()
                context.run(EXCHANGE.set, outcome.first + index)
                tasks.append(loop.create_task(self.run_exchange(client, outcome, index), context=context))
        else:
            tasks = [loop.create_task(self.run_exchange(client, outcome, index)) for index in range(concurrency)]
        await asyncio.gather(*tasks)
        cpu_ns = process_time_ns() - cpu_ns
        thread_cpu_ns = thread_time_ns() - thread_cpu_ns
        ended_ns = perf_counter_ns()
        self._on_end(kind)
        if kind is not RoundKind.WARMUP:
            self._record_round(outcome, started_ns, ended_ns, cpu_ns, thread_cpu_ns, involuntary)
            self._record_exchanges(outcome)
        else:
            self._exchanges = outcome.first
        return cpu_ns

    async def run_exchange(self, client: Any, outcome: RoundOutcome, index: int) -> None:
        """One request, timed and verified. Errors are kept by exchange, never raised: a failed request is a result."""
        outcome.started[index] = perf_counter_ns()
        try:
            answer = await self._adapter.fetch(client, self._url)
            outcome.ended[index] = perf_counter_ns()
        except Exception as error:
            outcome.ended[index] = perf_counter_ns()
            outcome.errors[index] = error
            return
        outcome.status[index] = answer.status
        outcome.body_bytes[index] = answer.body_bytes
        if self._stamp_header is not None:
            outcome.stamps[index] = answer.headers.get(self._stamp_header)

    def _record_round(
        self, outcome: RoundOutcome, started_ns: int, ended_ns: int, cpu_ns: int, thread_cpu_ns: int, involuntary: int
    ) -> None:
        row = {
            "kind": int(outcome.kind),
            "first": outcome.first,
            "count": len(outcome.started),
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "cpu_ns": cpu_ns,
            "thread_cpu_ns": thread_cpu_ns,
            "involuntary": _involuntary_switches() - involuntary,
        }
        for name, value in row.items():
            self._recorder.column(f"round.{name}").append(value)

    def _record_exchanges(self, outcome: RoundOutcome) -> None:
        column = self._recorder.column
        received, written = column("exchange.received_ns"), column("exchange.written_ns")
        errors = column("exchange.error")
        column("exchange.started_ns").extend(outcome.started)
        column("exchange.ended_ns").extend(outcome.ended)
        column("exchange.status").extend(outcome.status)
        column("exchange.body_bytes").extend(outcome.body_bytes)
        if self._expected_bytes is None:
            # Of an answer with the right status: an error page has a size of its own.
            answers = zip(outcome.status, outcome.body_bytes, strict=True)
            self._expected_bytes = next((size for status, size in answers if status == self._expected_status), None)
        for index, stamp in enumerate(outcome.stamps):
            parsed = None if stamp is None else self._parse_stamps(stamp)
            received.append(0 if parsed is None else parsed[0])
            written.append(0 if parsed is None else parsed[1])
            error = outcome.errors.get(index) or self._verify(outcome, index)
            errors.append(0 if error is None else self._error_number(error))

    def _verify(self, outcome: RoundOutcome, index: int) -> Exception | None:
        if outcome.status[index] != self._expected_status:
            return WrongStatus(f"status {outcome.status[index]} instead of {self._expected_status}")
        if self._expected_bytes is not None and outcome.body_bytes[index] != self._expected_bytes:
            return WrongBody(f"{outcome.body_bytes[index]} bytes instead of {self._expected_bytes}")
        return None

    def _error_number(self, error: Exception) -> int:
        name = type(error).__name__
        if name not in self.error_types:
            self.error_types[name] = len(self.error_types) + 1
            # Only the kind of the failure: texts of exceptions may carry URLs with their query strings.
            self.error_texts.append(str(error) if isinstance(error, (WrongStatus, WrongBody)) else "")
        return self.error_types[name]


def _involuntary_switches() -> int:
    """Involuntary context switches of this process so far; 0 where the platform does not count them (Windows)."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
