"""Rounds of requests: clocks around each, every answer verified, one row a round and one an exchange.

An exchange is timed by two clock reads around the client's call, in every lens; what else is recorded is the lens's
business. An answer of the wrong status, size or content is a failed request of type ``WrongStatus`` or ``WrongBody``. How
the requests of a round are set going is the drivers' business: one per runtime.
"""

import gc
import hashlib
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter_ns, process_time_ns, thread_time_ns
from typing import NoReturn

from clientprof.clients.adapter import Answer, Request
from clientprof.model.run import RoundKind, UnfinishedRound
from clientprof.probes.sampling.run_delay import run_delay_ns
from clientprof.recording.recorder import Recorder

# Of process CPU spent in rounds.
_COLLECT_AFTER_NS = 100_000_000


class WrongStatus(Exception):
    """The answer's status is not the expected one."""


class WrongBody(Exception):
    """The answer's body does not have the expected length or content."""


class Unfinished(Exception):
    """The round was broken off before the answer came."""


class ThreadTimes:
    """One round of blocking exchanges: by exchange the thread's number, its CPU clock at the start and the CPU spent.

    ``cpu_ns`` is the CPU of the threads themselves over the whole round, the main thread left out.
    """

    def __init__(self, count: int) -> None:
        self.thread = array("q", bytes(8 * count))
        self.cpu_started = array("q", bytes(8 * count))
        self.cpu = array("q", bytes(8 * count))
        self._threads: list[int] = []

    def add(self, cpu_ns: int) -> None:
        """A thread has done its part of the round."""
        self._threads.append(cpu_ns)

    @property
    def cpu_ns(self) -> int:
        return sum(self._threads)


@dataclass(slots=True)
class RoundOutcome:
    """One round's exchanges: ``perf_counter_ns`` stamps, verified answers, and errors by exchange.

    The clocks are those at the round's start. Drivers write ``started`` and ``ended`` themselves, and ``threads`` where the
    exchanges block.
    """

    kind: RoundKind
    first: int
    count: int
    started: "array[int]"
    ended: "array[int]"
    status: "array[int]"
    body_bytes: "array[int]"
    stamps: list[str | None]
    errors: dict[int, Exception]
    involuntary: int
    started_ns: int = 0
    cpu_ns: int = 0
    queued_ns: int = 0
    thread_cpu_ns: int = 0
    bodies: dict[int, bytes] = field(default_factory=dict)
    threads: ThreadTimes | None = None

    def waited_for_core_ns(self) -> int:
        """How long the main thread has stood in the queue for a core since the round began; 0 where that is not known."""
        return max(0, (run_delay_ns() or 0) - self.queued_ns)

    def break_off(self, at_ns: int) -> UnfinishedRound:
        """End it at that time: what has begun and not ended failed with ``Unfinished``, what has not begun is forgotten."""
        of, answered, failed = self.count, sum(map(bool, self.status)), len(self.errors)
        begun = next((n for n in range(of, 0, -1) if self.started[n - 1] or self.ended[n - 1]), 0)
        self.count = begun
        del self.stamps[begun:]
        columns = [self.started, self.ended, self.status, self.body_bytes]
        if self.threads is not None:
            columns += [self.threads.thread, self.threads.cpu_started, self.threads.cpu]
        for column in columns:
            del column[begun:]
        for index in range(begun):
            if not self.ended[index]:
                self.started[index] = self.started[index] or at_ns
                self.ended[index] = at_ns
                self.errors[index] = Unfinished()
        seconds = (at_ns - self.started_ns) / 1e9
        queued_s = self.waited_for_core_ns() / 1e9
        return UnfinishedRound(answered, failed, of, seconds, cold=self.kind is RoundKind.COLD, queued_s=queued_s)


class Rounds:
    """Begins and ends rounds of the given requests, asked in turn, and writes ``round.*`` and ``exchange.*`` columns.

    ``refused_status`` is that of an answer which is none to the request and no failure either, None for no such.
    ``stamp_header`` is the response header to keep, None to keep none. ``on_begin`` and ``on_end`` are the lens's, called
    just outside the clock reads of a round. ``digests`` are the SHA-256 of every body content seen in warm-up rounds.

    ``under_way`` is the round that is being measured, ``measured`` how many have been; the largest of all that ended had
    ``most_ended`` requests. Once ``stopping`` is set, the next
    round is not begun and no further request of this one: ``on_stop``, which does not return, is called instead.
    Without ``keep_bodies`` warm-up rounds ask as measured ones do, and verify nothing.
    """

    def __init__(
        self,
        recorder: Recorder,
        requests: Sequence[Request],
        expected_status: int,
        expected_bytes: int | None,
        *,
        refused_status: int | None = None,
        stamp_header: str | None,
        parse_stamps: Callable[[str], tuple[int, int] | None],
        on_begin: Callable[[RoundKind], None],
        on_end: Callable[[RoundKind], None],
    ) -> None:
        self._recorder = recorder
        self._requests = tuple(requests)
        self._keeping = tuple(replace(request, keep=True) for request in requests)
        self._expected_status = expected_status
        self._expected_bytes = expected_bytes
        self._refused_status = refused_status
        self._stamp_header = stamp_header
        self._parse_stamps = parse_stamps
        self._on_begin = on_begin
        self._on_end = on_end
        self._exchanges = 0
        self.measured = self.most_ended = 0
        self._uncollected_ns = _COLLECT_AFTER_NS
        self.under_way: RoundOutcome | None = None
        self.stopping = False
        self.keep_bodies = True
        self.on_stop: Callable[[], NoReturn] | None = None
        self.unfinished: UnfinishedRound | None = None
        self.error_types: dict[str, int] = {}
        self.error_texts: list[str] = []
        self.digests: set[str] = set()

    def begin(self, count: int, kind: RoundKind) -> RoundOutcome:
        """Start a round of so many requests; the clocks are read last."""
        self._stop_if_asked()
        outcome = RoundOutcome(
            kind=kind,
            first=self._exchanges,
            count=count,
            started=array("q", bytes(8 * count)),
            ended=array("q", bytes(8 * count)),
            status=array("q", bytes(8 * count)),
            body_bytes=array("q", bytes(8 * count)),
            stamps=[None] * count,
            errors={},
            involuntary=0,
        )
        self._exchanges += count
        self._collect(kind)
        outcome.queued_ns = 0 if self.on_stop is None else run_delay_ns() or 0
        outcome.involuntary = _involuntary_switches()
        self._on_begin(kind)
        outcome.started_ns, outcome.cpu_ns, outcome.thread_cpu_ns = (
            perf_counter_ns(),
            process_time_ns(),
            thread_time_ns(),
        )
        self.under_way = outcome
        return outcome

    def end(self, outcome: RoundOutcome) -> int:
        """End a round, verify and record it; returns the process CPU it took, in nanoseconds."""
        cpu_ns = process_time_ns() - outcome.cpu_ns
        self.under_way = None
        self._uncollected_ns += cpu_ns
        thread_cpu_ns = thread_time_ns() - outcome.thread_cpu_ns
        ended_ns = perf_counter_ns()
        if outcome.threads is not None:
            thread_cpu_ns += outcome.threads.cpu_ns
        if self.stopping and outcome.kind is not RoundKind.WARMUP and not all(outcome.ended):
            self._end_early(outcome, ended_ns, cpu_ns, thread_cpu_ns)
            self._stop_if_asked()
        self._on_end(outcome.kind)
        self.most_ended = max(self.most_ended, outcome.count)
        if outcome.kind is RoundKind.WARMUP:
            self._exchanges = outcome.first
            self.digests.update(hashlib.sha256(body).hexdigest() for body in outcome.bodies.values())
        else:
            self.measured += outcome.kind is RoundKind.MEASURED
            self._record_round(outcome, ended_ns, cpu_ns, thread_cpu_ns)
            self._record_exchanges(outcome)
        return cpu_ns

    def break_off(self) -> None:
        """Record the round under way as far as it came. May be called between any two instructions of it."""
        outcome = self.under_way
        assert outcome is not None
        cpu_ns = process_time_ns() - outcome.cpu_ns
        thread_cpu_ns = thread_time_ns() - outcome.thread_cpu_ns
        self._end_early(outcome, perf_counter_ns(), cpu_ns, thread_cpu_ns)

    def _end_early(self, outcome: RoundOutcome, ended_ns: int, cpu_ns: int, thread_cpu_ns: int) -> None:
        self.under_way = None
        unfinished = outcome.break_off(ended_ns)
        # A row may be half written.
        self._recorder.level_all()
        self._on_end(outcome.kind)
        # Where rounds have ended, they are the client's figures, and this one is nobody's.
        if not self.measured:
            self.unfinished = unfinished
            self._record_round(outcome, ended_ns, cpu_ns, thread_cpu_ns)
        self._record_exchanges(outcome)

    def _stop_if_asked(self) -> None:
        if self.stopping and self.on_stop is not None:
            self.on_stop()

    def _collect(self, kind: RoundKind) -> None:
        """A round must not pay for the garbage of the one before; short rounds share a collection.

        A full collection takes 12 ms in a fresh aiohttp worker and empties the caches. Before each round of 3 ms, it took
        three quarters of a worker's time and was itself a part of the noise.
        """
        if kind is not RoundKind.MEASURED or self._uncollected_ns >= _COLLECT_AFTER_NS:
            gc.collect()
            self._uncollected_ns = 0

    def request(self, outcome: RoundOutcome, index: int) -> Request:
        """What the exchange asks for; a warm-up round keeps the bodies, so that their content can be verified."""
        requests = self._keeping if outcome.kind is RoundKind.WARMUP and self.keep_bodies else self._requests
        return requests[index % len(requests)]

    def keep(self, outcome: RoundOutcome, index: int, answer: Answer) -> None:
        """Note the exchange's answer."""
        outcome.status[index] = answer.status
        outcome.body_bytes[index] = answer.body_bytes
        if self._stamp_header is not None:
            outcome.stamps[index] = answer.headers.get(self._stamp_header)
        kept = outcome.kind is RoundKind.WARMUP and self.keep_bodies
        if kept and answer.body is not None and answer.status == self._expected_status:
            outcome.bodies[index] = answer.body

    def _record_round(self, outcome: RoundOutcome, ended_ns: int, cpu_ns: int, thread_cpu_ns: int) -> None:
        row = {
            "kind": int(outcome.kind),
            "first": outcome.first,
            "count": outcome.count,
            "started_ns": outcome.started_ns,
            "ended_ns": ended_ns,
            "cpu_ns": cpu_ns,
            "thread_cpu_ns": thread_cpu_ns,
            "involuntary": _involuntary_switches() - outcome.involuntary,
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
        if outcome.threads is not None:
            column("exchange.thread").extend(outcome.threads.thread)
            column("exchange.cpu_started_ns").extend(outcome.threads.cpu_started)
            column("exchange.cpu_ns").extend(outcome.threads.cpu)
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
        if outcome.status[index] == self._refused_status:
            return None
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
