"""What is put into the app's process: nothing in the control pass, the stamped loop with the sampler in the ledger pass.

The ledger numbers the requests that the service gets: an ASGI application around the app gives each its number, names the
step that read it as its first one, and writes its row. Columns of its own, one row a request: ``service.read_ns`` (the
start of the step that read it), ``service.entered_ns`` (the app's task began); ``exchange.started_ns`` is when the load
generator sent it, where it says so, otherwise ``service.read_ns``. ``hold.*`` are the route's own clocks around a call
that blocks: ``started_ns``, ``ended_ns``, ``cpu_ns`` (thread CPU between), ``exchange``.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.clients import CLIENTS
from clientprof.model.phases import Mark
from clientprof.model.recording import StepOwner
from clientprof.model.samples import CodeLocation
from clientprof.probes.boundary_marks import install_marks
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.locations import locate
from clientprof.probes.on_asyncio.accepted import READ_STEP, AcceptedTransport
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop, install_handle_stamps
from clientprof.probes.patches import Patches
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.waits import LongWaits
from clientprof.recording.clock import STAMP_HEADER, clock_identity, parse_stamps
from clientprof.recording.recorder import Recorder
from clientprof.workload.programs.fastapi_app.app import ASGI, Watching
from clientprof.workload.programs.fastapi_app.route_settings import SENT_HEADER, ServiceSettings

_POOL = (Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED)


class Bare(Watching):
    """The control pass: no instrument at all."""

    signal_ns = 0

    def __init__(self, settings: ServiceSettings, recorder: Recorder) -> None:
        self.settings = settings
        self.recorder = recorder
        self.failures = Failures()
        self.notes: list[str] = []

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        return asyncio.SelectorEventLoop

    def around(self, app: ASGI) -> ASGI:
        """The application to serve."""
        return app

    def install(self) -> None:
        """Before the loop is made."""

    def uninstall(self) -> None:
        """Everything patched is as before."""

    def begin(self) -> None:
        """The measured load starts."""

    def end(self) -> None:
        """The measured load has been answered."""

    def codes(self) -> tuple[CodeLocation, ...]:
        return ()


class LedgerInstruments(Bare):
    """The stamped loop, the sampler, collections, and the numbering of requests."""

    def __init__(self, settings: ServiceSettings, recorder: Recorder) -> None:
        super().__init__(settings, recorder)
        self._patches = Patches()
        self._loop: StampedLoop | None = None
        self._stepped = fits(Instrument.STEPS, self.failures)
        self._garbage = GarbageProbe(recorder, self.failures)
        self._sampler = Sampler(
            recorder, self._garbage, settings.interval_us, settings.seed, self.failures, self._waiting
        )
        self._step_owner = recorder.column("step.owner")
        self._requests = RequestStamps(recorder, self.failures)
        self._hold_started = recorder.column("hold.started_ns").append
        self._hold_ended = recorder.column("hold.ended_ns").append
        self._hold_cpu = recorder.column("hold.cpu_ns").append
        self._hold_exchange = recorder.column("hold.exchange").append

    def _waiting(self) -> bool:
        owner = self._step_owner
        return bool(owner) and owner[-1] == StepOwner.WAIT

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        if not self._stepped:
            return super().loop_factory()

        def make() -> StampedLoop:
            waits = LongWaits(self._sampler, self.settings.interval_us)
            self._loop = StampedLoop(self.recorder, self.failures, AcceptedTransport, waits=waits)
            return self._loop

        return make

    def around(self, app: ASGI) -> ASGI:
        return self._requests.around(app)

    def install(self) -> None:
        self.signal_ns = signal_cost_ns()
        self._garbage.install()
        if self._stepped:
            install_handle_stamps(self._patches)
        adapter = CLIENTS.get(self.settings.route)
        if adapter is not None:
            marks = [spec for spec in adapter.marks if spec.enter in _POOL or spec.leave in _POOL]
            missing = install_marks(marks, self.recorder, self._patches, self.failures)
            self.notes.extend(f"not found: {target}" for target in missing)

    def uninstall(self) -> None:
        self._sampler.stop()
        self._garbage.uninstall()
        self._patches.restore()
        self.notes.extend(self._sampler.notes)

    def begin(self) -> None:
        # What came before, opening connections and the first imports, is not measured.
        self.recorder.discard()
        if self._loop is not None:
            self._loop.close_step()
        self._requests.recording = True
        self._sampler.start()

    def end(self) -> None:
        if self._loop is not None:
            self._loop.close_step()
        self._sampler.stop()
        self._requests.recording = False
        self.recorder.settle()

    def codes(self) -> tuple[CodeLocation, ...]:
        return tuple(map(locate, self._sampler.codes))

    def answered(self, headers: Any) -> None:
        self._requests.answered(headers)

    @contextmanager
    def blocking(self) -> Iterator[None]:
        started_ns, cpu_ns = perf_counter_ns(), thread_time_ns()
        try:
            yield
        finally:
            cpu_ns, ended_ns = thread_time_ns() - cpu_ns, perf_counter_ns()
            if self._requests.recording:
                self._hold_started(started_ns)
                self._hold_ended(ended_ns)
                self._hold_cpu(cpu_ns)
                self._hold_exchange(EXCHANGE.get(StepOwner.NOBODY))


class RequestStamps:
    """Numbers the requests of the service and writes their ``exchange.*`` and ``service.*`` rows."""

    def __init__(self, recorder: Recorder, failures: Failures) -> None:
        self.recording = False
        self._recorder = recorder
        self._failures = failures
        self._identity = clock_identity()
        column = recorder.column
        self._step_started, self._step_owner = column("step.started_ns"), column("step.owner")
        self._step_enqueued = column("step.enqueued_ns")
        self._started, self._ended = column("exchange.started_ns"), column("exchange.ended_ns")
        self._status, self._error = column("exchange.status"), column("exchange.error")
        self._received, self._written = column("exchange.received_ns"), column("exchange.written_ns")
        self._body_bytes = column("exchange.body_bytes")
        self._read, self._entered = column("service.read_ns"), column("service.entered_ns")

    def around(self, app: ASGI) -> ASGI:
        """The app, every request numbered while ``recording``."""
        header, ended, status, error = SENT_HEADER.encode(), self._ended, self._status, self._error

        async def numbered(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not self.recording:
                await app(scope, receive, send)
                return
            try:
                number = self._begin(next((value for name, value in scope["headers"] if name == header), None))
            except Exception as problem:
                self._remove(problem)
                await app(scope, receive, send)
                return

            def sending(message: Any) -> Any:
                if message["type"] == "http.response.start":
                    status[number] = message["status"]
                return send(message)

            try:
                await app(scope, receive, sending)
            except BaseException:
                error[number] = 1
                raise
            finally:
                ended[number] = perf_counter_ns()

        return numbered

    def _begin(self, sent: bytes | None) -> int:
        """A new exchange; the step that read it, and the one now running, are its own from here on."""
        number = len(self._started)
        EXCHANGE.set(number)
        entered_ns = self._step_started[-1]
        self._step_owner[-1] = number
        row = READ_STEP.get(-1)
        sent_ns = self._sent_ns(sent)
        read_ns = entered_ns
        if 0 <= row < len(self._step_owner) and self._step_owner[row] == StepOwner.NOBODY:
            self._step_owner[row] = number
            read_ns = self._step_started[row]
            if sent_ns is not None:
                # It was there to be read from then on; the way over loopback is taken out by the analysis.
                self._step_enqueued[row] = min(sent_ns, read_ns)
        sent_ns = read_ns if sent_ns is None else min(sent_ns, read_ns)
        self._started.append(sent_ns)
        self._read.append(read_ns)
        self._entered.append(entered_ns)
        for later in (self._ended, self._status, self._error, self._received, self._written, self._body_bytes):
            later.append(0)
        return number

    def _remove(self, problem: Exception) -> None:
        self.recording = False
        self._failures.remove("stamps of requests", problem)
        for group in ("exchange", "service"):
            self._recorder.level(group)

    def _sent_ns(self, sent: bytes | None) -> int | None:
        stamps = None if sent is None else parse_stamps(f"0,{sent.decode('latin-1')}", self._identity)
        return None if stamps is None else stamps[1]

    def answered(self, headers: Any) -> None:
        """Keep the origin's own stamps of this request's call."""
        number = EXCHANGE.get(-1)
        stamps = parse_stamps(headers.get(STAMP_HEADER) or "", self._identity)
        if self.recording and number >= 0 and stamps is not None:
            self._received[number], self._written[number] = stamps


LENSES: dict[str, type[Bare]] = {"control": Bare, "ledger": LedgerInstruments}
