"""asyncio's selector loops that run already: made stamped ones, and plain again.

Theory of operation. A loop, its selector and its transports are Python objects whose classes differ from ours by methods
alone. So nothing of theirs is moved: their class is replaced by ours, which has the same layout, and what ours need more
lies in attributes of the object that are deleted again. That is done in a callback of the loop: there no method of its
selector or of its transports is on the stack, which would go on in the wrong class.

A connection that was there before is numbered when it is first written to. What had begun on it is nobody's.
"""

import asyncio
import contextlib
import selectors
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_asyncio.stamped_loop import LoopStamps
from clientprof.probes.on_asyncio.stamped_transport import AsyncioTransport, TransportColumns
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.loops.other_loops import calls_alone
from clientprof.probes.programs.loops.program_loop import ProgramLoop, ProgramSelector, ProgramTransportStamps
from clientprof.probes.seam_table import Instrument, fits

# Attributes of ours on objects of asyncio.
_OF_TRANSPORT = (
    "_columns",
    "_step_started",
    "_step_owner",
    "connection",
    "exchange",
    "lane",
    "closed_by",
    "written_in",
)
_OF_SELECTOR = (
    "_waits", "selected_ns", "_started", "_enqueued", "_owner", "_rows", "lane", "due", "_native_select", "select",
)  # fmt: skip
_OF_LOOP = (
    "setting", "clientprof_lane", "stamps", "ran_before", "call_soon", "getaddrinfo", "sock_connect",
    "_make_socket_transport", "_make_ssl_transport",
)  # fmt: skip


class LiveTransport(ProgramTransportStamps):
    """A stamped transport that can become asyncio's own again. ``connection`` is 0 as long as it has no number."""

    def __init__(self, connection: int, columns: TransportColumns, *args: Any, **kwargs: Any) -> None:
        self._stamp_from_start(connection, columns)
        super().__init__(*args, **kwargs)

    def _stamp_written(self, started_ns: int, *given: Any) -> None:
        if not self.connection:
            stamps = self._loop.stamps
            stamps.connections += 1
            self.connection = stamps.connections
            # Nobody here opened it.
            column = self._columns.recorder.column
            column("connection.opened_ns").append(self._loop.setting.exchanges.adopts_since_ns)
            column("connection.exchange").append(EXCHANGE.get(-1))
        super()._stamp_written(started_ns, *given)

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        if not self.connection:
            return AsyncioTransport._read_ready(self, *args, **kwargs)
        return super()._read_ready(*args, **kwargs)

    def _call_connection_lost(self, *args: Any, **kwargs: Any) -> Any:
        if not self.connection or "_columns" not in vars(self):
            return AsyncioTransport._call_connection_lost(self, *args, **kwargs)
        return super()._call_connection_lost(*args, **kwargs)


def why_not(loop: Any) -> str | None:
    """Why the loop's steps cannot be stamped, None where they can."""
    kind = type(loop)
    if kind is not asyncio.SelectorEventLoop:
        return calls_alone(kind)
    if type(loop._selector) is not selectors.DefaultSelector:
        return f"a loop waits in {type(loop._selector).__qualname__}: its calls are measured, its steps are not"
    return None


def adopt(loop: Any, setting: LoopSetting) -> None:
    """Make it one of ours; if it runs, call this in a callback of it. Where that fails it stays as it was."""
    lane = setting.book.take("asyncio", pauses=True)
    selector = loop._selector
    try:
        selector.__class__ = ProgramSelector
        selector.stamp_into(lane.recorder)
        loop.__class__ = ProgramLoop
        loop.setting, loop.clientprof_lane = setting, lane
        loop.stamps = LoopStamps(lane.recorder, setting.failures, selector, None)
        loop.choose_methods(setting.failures)
        loop.lane_taken()
        if fits(Instrument.LIVE_TRANSPORTS, setting.failures):
            for transport in list(loop._transports.values()):
                _adopt_transport(loop, transport)
        if loop.is_running():
            loop.ran_before = True
            loop.run_begins()
    except Exception as error:
        setting.failures.remove("an event loop that ran already", error)
        release(loop)


def release(loop: Any) -> None:
    """Make it asyncio's own again; if it runs, call this in a callback of it."""
    with contextlib.suppress(Exception):
        loop.end_earlier_run()
    with contextlib.suppress(Exception):
        loop.clientprof_lane.flush(perf_counter_ns())
    for transport in list(loop._transports.values()):
        if type(transport) is LiveTransport:
            _release_transport(loop, transport)
    _plain(loop._selector, selectors.DefaultSelector, _OF_SELECTOR)
    _plain(loop, asyncio.SelectorEventLoop, _OF_LOOP)


def _plain(thing: Any, kind: type, names: tuple[str, ...]) -> None:
    thing.__class__ = kind
    for name in names:
        vars(thing).pop(name, None)


def _adopt_transport(loop: Any, transport: Any) -> None:
    if type(transport) is not AsyncioTransport or transport._server is not None or _is_going(transport):
        return
    transport.__class__ = LiveTransport
    transport._stamp_into(loop.stamps.transport_columns)
    transport.connection, transport.exchange, transport.lane = 0, -1, loop.clientprof_lane
    _read_by_its_class(loop, transport)


def _release_transport(loop: Any, transport: Any) -> None:
    if _is_going(transport):
        return  # the last callback of ours is in the queue
    _plain(transport, AsyncioTransport, _OF_TRANSPORT)
    _read_by_its_class(loop, transport)


def _is_going(transport: Any) -> bool:
    return bool(transport._closing or transport._conn_lost)


def _read_by_its_class(loop: Any, transport: Any) -> None:
    """What reads is bound to the transport when reading begins: bind it anew."""
    try:
        reader: Any = loop._selector.get_key(transport._sock_fd).data[0]
    except KeyError:
        return  # not reading just now
    bound_to: Any = getattr(getattr(reader, "_callback", None), "__self__", None)
    if bound_to is transport:
        reader._callback = transport._read_ready
