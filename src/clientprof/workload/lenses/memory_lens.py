"""The memory of a client: pages over rounds as they are, then traced blocks at known numbers of requests in flight.

The server holds every answer while a round of n requests is under way. When the process has come to rest, all n wait for the
server, and a thread of the lens notes what is held. The same with none and with one in flight.
"""

import gc
import threading
import tracemalloc
from collections.abc import Generator
from dataclasses import replace

from clientprof.clients.adapter import Adapter, ClientOptions
from clientprof.model.costs.memory import Moment
from clientprof.model.run import RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.probes.memory.descriptors import open_sockets
from clientprof.probes.memory.resident import resident_bytes
from clientprof.probes.memory.rest import wait_for_rest
from clientprof.probes.memory.traces import Traces
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.rounds import RoundOutcome
from clientprof.workload.sequence import (
    FINALE_TIMEOUT_S,
    Close,
    Open,
    Operation,
    Operations,
    Rest,
    Round,
    Teller,
    sequence,
)
from clientprof.workload.settings import WorkerSettings

# Of a round until all its requests wait for the server, where the worker's own time does not say; tracing makes a client a
# few times slower.
_REST_S = 100.0
# Stretches of requests over which memory must not grow. Each is longer than what schedulers put off: trio forgets cancelled
# deadlines when there are a thousand, which is after some 130 requests of httpx.
AGEING_STRETCHES, _STRETCH_REQUESTS = 4, 128
_AGEING_AT_ONCE = 64


class MemoryLens(Lens):
    """tracemalloc, in rounds of its own after the measured ones, which it leaves alone."""

    tagged = False

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._traces = Traces(recorder)
        self._requests = 0

    def operations(self, options: ClientOptions, parent: Teller) -> Operations:
        done = yield from sequence(self.settings, options, self, parent)
        # Traced, a client is several times slower; its own timeouts must not decide what is seen.
        timeout_s = max(FINALE_TIMEOUT_S, self.settings.most_s)
        yield from self._traced(replace(options, timeout_s=timeout_s), parent)
        return done

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED and not self._requests:
            self._note_resident()

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            self._requests += self.settings.scenario.requests_per_round
            self._note_resident()
        self.recorder.settle()

    def uninstall(self) -> None:
        self._traces.stop()

    def codes(self) -> tuple[CodeLocation, ...]:
        return self._traces.codes()

    def _note_resident(self) -> None:
        column = self.recorder.column
        column("resident.requests").append(self._requests)
        column("resident.bytes").append(resident_bytes())

    def _traced(self, options: ClientOptions, parent: Teller) -> Generator[Operation, int, None]:
        scenario, opening = self.settings.scenario, Round(self.settings.opening, RoundKind.WARMUP)
        at_once = min(scenario.requests_per_round, scenario.concurrency)
        assert self.rounds is not None
        self.rounds.keep_bodies = False
        self._traces.start()
        # What a first client leaves in caches is no client's.
        yield Open(options)
        yield opening
        yield Close()
        yield Rest()
        self._traces.take(Moment.NONE)
        yield Open(options)
        self._traces.take(Moment.CLIENT)
        yield opening
        for moment, count in ((Moment.ONE, 1), (Moment.FULL, at_once), (Moment.FULL, at_once)):
            yield Rest()
            self._traces.take(Moment.IDLE)
            yield from self._held(count, moment, parent)
        yield Rest()
        self._traces.take(Moment.IDLE)
        yield from self._ageing()
        self._traces.take(Moment.AGED)
        yield Close()

    def _held(self, count: int, moment: Moment, parent: Teller) -> Generator[Operation, int, None]:
        """A round whose answers the server holds until all its requests are there."""
        parent.ask("hold")
        over = threading.Event()
        watching = threading.Thread(
            target=self._watch, args=(count, moment, parent, over), name="memory lens", daemon=True
        )
        watching.start()
        yield Round(count, RoundKind.WARMUP)
        over.set()
        watching.join()

    def _watch(self, count: int, moment: Moment, parent: Teller, over: threading.Event) -> None:
        """Note the moment when all are in flight, then let the server answer, whatever happens."""
        try:
            if not wait_for_rest(
                lambda: self._all_open(count), over.is_set, most_s=self.settings.most_s / 2 or _REST_S
            ):
                self.notes.append(
                    f"memory with {count:,} in flight was not seen: they never all waited for the server at once; "
                    "--timeout gives them more time"
                )
            elif not self._traces.take(moment, count, lambda: self._all_open(count)):
                self.notes.append(f"memory with {count:,} in flight was not seen: a request ended meanwhile")
        except Exception as error:
            self.failures.remove("memory", error)
        finally:
            parent.tell("release")

    def _all_open(self, count: int) -> bool:
        outcome: RoundOutcome | None = None if self.rounds is None else self.rounds.under_way
        return outcome is not None and all(outcome.started[:count]) and not any(outcome.ended[:count])

    def _ageing(self) -> Generator[Operation, int, None]:
        """Rounds as they are, and after each what is held, without and with what only the collector finds."""
        column = self.recorder.column
        count, requests = min(self.settings.scenario.requests_per_round, _AGEING_AT_ONCE), 0
        gc.collect()
        row = (0, tracemalloc.get_traced_memory()[0], open_sockets(), 0, 0)
        for number in range(AGEING_STRETCHES + 1):
            names = ("requests", "held_bytes", "sockets", "garbage_bytes", "garbage_objects")
            for name, value in zip(names, row, strict=True):
                column(f"ageing.{name}").append(value)
            if number == AGEING_STRETCHES:
                return
            gc.disable()
            try:
                for _ in range(-(-_STRETCH_REQUESTS // count)):
                    yield Round(count, RoundKind.WARMUP)
                    requests += count
                yield Rest()
                before = tracemalloc.get_traced_memory()[0]
                objects = gc.collect()
            finally:
                gc.enable()
            held = tracemalloc.get_traced_memory()[0]
            row = (requests, held, open_sockets(), before - held, objects)
