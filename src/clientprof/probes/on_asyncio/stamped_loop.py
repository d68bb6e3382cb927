"""An event loop that stamps every callback and every select.

Theory of operation. A loop is busy with one callback at a time or blocked in select, so its time is a row of contiguous
steps, each lasting until the next begins: one clock read per callback says where one ends and the next starts. A second
clock read, when a callback is queued, says how long it stood in line. The owner of a step is the exchange in the
callback's context; for a socket that became readable it is the exchange whose request was last written there, because
the reader's context is that of whoever opened the connection.

Only documented seams are used where they exist: the selector is passed to the constructor, ``call_soon``,
``getaddrinfo`` and ``sock_connect`` are overridden. ``Handle._run`` is patched for the handles that asyncio makes itself
(readers and timers) because there is no other place. asyncio's own methods make the transports, in a copy in whose eyes
our class is the transport: so their parameters may change. All of it is in the table of seams.
"""

import asyncio
import selectors
from asyncio import events, format_helpers
from collections.abc import Callable
from time import get_clock_info, perf_counter_ns
from types import MethodType
from typing import Any

from clientprof.model.phases import Mark
from clientprof.model.run import StepOwner
from clientprof.probes.awaits import LAST_PLACE, NOBODY_WATCHED, AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.on_asyncio.stamped_transport import StampedTransport, TransportColumns
from clientprof.probes.patches import Patches
from clientprof.probes.ports import Ports
from clientprof.probes.private_seams import with_global
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

_NOBODY = int(StepOwner.NOBODY)
_SELECT, _WAIT = int(StepOwner.SELECT), int(StepOwner.WAIT)
_LOOP = int(StepOwner.LOOP)

# A timer is ready from its due time on, if the loop's clock is the one we stamp with (it is on Linux and macOS).
_CLOCKS_AGREE = get_clock_info("monotonic").implementation == get_clock_info("perf_counter").implementation


class StampedSelector(selectors.DefaultSelector):
    """The platform's selector, with the two ends of each select stamped as loop steps; ``waits`` hears of those that may
    block.
    """

    def __init__(self, recorder: Recorder, waits: LongWaits | None = None) -> None:
        super().__init__()
        self.stamp_into(recorder, waits)

    def stamp_into(self, recorder: Recorder, waits: LongWaits | None = None) -> None:
        """What it has beyond the platform's."""
        self._waits = waits
        self.selected_ns = perf_counter_ns()
        self._started = recorder.column("step.started_ns").append
        self._enqueued = recorder.column("step.enqueued_ns").append
        self._owner = recorder.column("step.owner").append

    def stamp_no_more(self) -> None:
        self._started = self._enqueued = self._owner = ignore

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        waits = None if timeout == 0 else self._waits
        self._owner(_SELECT if timeout == 0 else _WAIT)
        self._enqueued(0)
        self._started(began := perf_counter_ns())
        if waits is not None:
            waits.begins()
        try:
            return super().select(timeout)
        finally:
            self.selected_ns = now = perf_counter_ns()
            self._owner(_LOOP)
            self._enqueued(0)
            self._started(now)
            if waits is not None:
                waits.ended(now - began)


_SILENT: tuple[Callable[[int], None], ...] = (ignore, ignore, ignore)


class LoopStamps:
    """What a stamped loop writes to, and what it knows of itself.

    asyncio's loop has 24 attributes. With ours among them they would be more than thirty, and the dictionary of such an
    object loses the compact layout that makes each look-up cheap, asyncio's own look-ups too: so ours are kept here.
    """

    __slots__ = (
        "_mark_at", "_mark_exchange", "_mark_kind", "connections", "failures", "note_await", "ports",
        "recorder", "selector", "step_enqueued", "step_owner", "step_started", "transport_columns", "watched", "writing",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        failures: Failures,
        selector: StampedSelector,
        awaits: AwaitProbe | None,
    ) -> None:
        self.recorder = recorder
        self.failures = failures
        self.selector = selector
        self.connections = 0
        self.transport_columns = TransportColumns(recorder, failures)
        self.ports = Ports(recorder, failures)
        self.watched = NOBODY_WATCHED if awaits is None else awaits.watched
        self.note_await = None if awaits is None else awaits.note
        self.writing = tuple(recorder.column(f"step.{name}").append for name in ("started_ns", "enqueued_ns", "owner"))
        self.step_started, self.step_enqueued, self.step_owner = self.writing
        self._mark_at = recorder.column("mark.at_ns").append
        self._mark_exchange = recorder.column("mark.exchange").append
        self._mark_kind = recorder.column("mark.kind").append

    def quiet(self) -> None:
        """Write no steps until ``loud``."""
        self.step_started, self.step_enqueued, self.step_owner = _SILENT

    def loud(self) -> None:
        self.step_started, self.step_enqueued, self.step_owner = self.writing

    def end_step(self, owner: int) -> None:
        """End the step under way and begin one of that owner."""
        self.step_owner(owner)
        self.step_enqueued(0)
        self.step_started(perf_counter_ns())

    def mark(self, kind: Mark) -> None:
        """A mark of the exchange that runs."""
        try:
            self._mark_at(perf_counter_ns())
            self._mark_exchange(EXCHANGE.get(_NOBODY))
            self._mark_kind(kind)
        except Exception as error:
            self._mark_at = self._mark_exchange = self._mark_kind = ignore
            self.failures.remove("marks of name lookup and connect", error)
            self.recorder.level("mark")

    def no_more_steps(self, error: Exception) -> None:
        """Half of the steps would be none: callbacks, selects and the handles of asyncio's own, all or nothing."""
        self.failures.remove(Instrument.STEPS, error)
        self.writing = _SILENT
        self.loud()
        self.selector.stamp_no_more()
        self.recorder.level("step")


class StampedHandle(events.Handle):
    """A queued callback that knows when it was queued."""

    __slots__ = ("enqueued_ns",)
    enqueued_ns: int

    def _run(self) -> None:
        try:
            stamps = self._loop.stamps  # type: ignore[attr-defined]
        except AttributeError:
            return super()._run()  # the loop is plain again
        context = self._context  # type: ignore[attr-defined]
        exchange = context.get(EXCHANGE, _NOBODY)
        stamps.step_enqueued(self.enqueued_ns)
        stamps.step_owner(exchange)
        stamps.step_started(now_ns := perf_counter_ns())
        if stamps.watched[exchange & LAST_PLACE]:
            stamps.note_await(exchange, now_ns, self._callback)  # type: ignore[attr-defined]
        try:
            context.run(self._callback, *self._args)  # type: ignore[attr-defined]
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            # The same report, word for word, as asyncio's own handle makes.
            text = f"Exception in callback {_source(self._callback, self._args)}"  # type: ignore[attr-defined]
            self._loop.call_exception_handler({"message": text, "exception": error, "handle": self})  # type: ignore[attr-defined]


def _source(callback: Any, args: Any) -> str:
    try:
        return str(format_helpers._format_callback_source(callback, args))
    except Exception:
        return repr(callback)


class StampedLoop(asyncio.SelectorEventLoop):
    """A selector event loop that writes ``step.*``, ``mark.*``, ``write.*``, ``read.*``, ``connection.*`` columns.

    ``awaits`` hears of each step of the exchanges that it watches; wake-ups of tasks are always queued by ``call_soon``, so
    other handles need not tell.
    ``waits`` hears of each select that may block.
    """

    selector_kind = StampedSelector

    def __init__(
        self,
        recorder: Recorder,
        failures: Failures | None = None,
        awaits: AwaitProbe | None = None,
        waits: LongWaits | None = None,
    ) -> None:
        failures = failures or Failures()
        selector = self.selector_kind(recorder, waits)
        self.stamps = LoopStamps(recorder, failures, selector, awaits)
        super().__init__(selector)
        self.choose_methods(failures)

    def choose_methods(self, failures: Failures) -> None:
        """Which methods are ours, and which asyncio's where it is not as the table of seams has it."""
        fits(Instrument.CALLBACK_TEXT, failures)
        if not fits(Instrument.CONNECTING, failures):
            self._keep_asyncios("getaddrinfo", "sock_connect")
        if fits(Instrument.TRANSPORTS, failures):
            self._make_ours("_make_socket_transport")
            if fits(Instrument.TLS_TRANSPORTS, failures):
                self._make_ours("_make_ssl_transport")

    def _keep_asyncios(self, *names: str) -> None:
        """This loop does without our overrides of these methods."""
        for name in names:
            setattr(self, name, getattr(super(), name))

    def _make_ours(self, name: str) -> None:
        """This loop's method is asyncio's own code, which makes our transport where it means to make its own."""
        function: Any = getattr(asyncio.SelectorEventLoop, name)
        setattr(self, name, MethodType(with_global(function, "_SelectorSocketTransport", self._transport), self))

    def close_step(self) -> None:
        """End the step under way; what follows is the loop's own until the next callback. For round boundaries."""
        self.stamps.end_step(_LOOP)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> events.Handle:  # type: ignore[override]  # typeshed ties args to the callback
        if self._closed or self._debug:  # type: ignore[attr-defined]
            return super().call_soon(callback, *args, context=context)
        try:
            handle = StampedHandle(callback, args, self, context)
            handle.enqueued_ns = perf_counter_ns()
            self._ready.append(handle)  # type: ignore[attr-defined]
        except Exception as error:
            self._keep_asyncios("call_soon")
            self.stamps.no_more_steps(error)
            return super().call_soon(callback, *args, context=context)
        return handle

    async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
        self._mark(Mark.DNS_START)
        try:
            return await super().getaddrinfo(*args, **kwargs)
        finally:
            self._mark(Mark.DNS_END)

    async def sock_connect(self, *args: Any, **kwargs: Any) -> Any:
        self._mark(Mark.TCP_START)
        try:
            return await super().sock_connect(*args, **kwargs)
        finally:
            self._mark(Mark.TCP_END)

    def _mark(self, kind: Mark) -> None:
        self.stamps.mark(kind)

    def _transport(self, *args: Any, **kwargs: Any) -> StampedTransport:
        stamps = self.stamps
        stamps.connections += 1
        made = StampedTransport(stamps.connections, stamps.transport_columns, *args, **kwargs)
        stamps.ports.note(made.connection, made.get_extra_info("sockname"))
        return made


def install_handle_stamps(patches: Patches) -> None:
    """Stamp the handles asyncio creates itself, readers and timers, on stamped loops only."""
    original = events.Handle._run
    timer: type[Any] = events.TimerHandle

    def _run(handle: Any) -> None:
        loop = handle._loop
        if isinstance(loop, StampedLoop):
            stamps = loop.stamps
            enqueued_ns = stamps.selector.selected_ns
            if _CLOCKS_AGREE and handle.__class__ is timer:
                enqueued_ns = min(enqueued_ns, int(handle._when * 1e9))
            stamps.step_enqueued(enqueued_ns)
            stamps.step_owner(handle._context.get(EXCHANGE, _NOBODY))
            stamps.step_started(perf_counter_ns())
        original(handle)

    patches.set(events.Handle, "_run", _run)
