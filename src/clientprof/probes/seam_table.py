"""Every part of other people's code that instruments override, call or read, by instrument: the one place.

Clients are not in it: their adapters name functions, and wrappers of those hand on whatever they get (``seams.py``). Rows
are added here, beside the source that was read; ``fits`` is asked before an instrument is put in.
"""

from collections.abc import Mapping
from enum import StrEnum

from clientprof.probes.failures import Failures
from clientprof.probes.private_seams import PrivateSeam, Use, misfits

_CPYTHON = "CPython 3.11 to 3.15"
_TRIO = "trio 0.20 to 0.35"
_UVLOOP = "uvloop 0.17 to 0.23"

_HANDLE = "asyncio.events:Handle"
_LOOP = "asyncio.selector_events:BaseSelectorEventLoop"
_TRANSPORT = "asyncio.selector_events:_SelectorSocketTransport"


class Instrument(StrEnum):
    """What is left out as a whole where one of its seams does not fit; the value says what is lost."""

    STEPS = "steps of the event loop"
    CALLBACK_TEXT = "asyncio's words for a callback that failed"
    WAITS = "waits of the event loop"
    CONNECTING = "marks of name look-ups and connects"
    TRANSPORTS = "writes and reads on connections"
    TLS_TRANSPORTS = "writes and reads on TLS connections"
    HANDSHAKES = "TLS handshakes"
    TLS_WORK = "CPU of TLS, part by part"
    AWAITS = "what tasks wait in"
    TRIO_STEPS = "steps of trio's run loop"
    TRIO_WAITS = "waits of trio's run loop"
    TRIO_STREAMS = "writes and reads on trio's connections"
    TRIO_RUNS = "runs of trio in a program"
    TRIO_SOCKETS = "connects, writes, reads and closes of trio's sockets in a program"
    UVLOOP = "steps, writes and reads on uvloop"
    THREADS = "blocking calls of threads"
    PROGRAM_SOCKETS = "connects, reads and closes of a program's own sockets"
    PROGRAM_TLS = "TLS handshakes of a program"
    HTTP_CLIENT = "writes of http.client"
    LIVE_TRANSPORTS = "writes and reads on connections that were open already"
    LIVE_CONNECTS = "connections of event loops that run already"
    LIVE_TURNS = "event loops that stand still"
    LIVE_TRIO_CONNECTS = "connections of trio's loops that run already"


# Where C code loads certificates: everything in Python that loads them ends in one of these. And where connections begin.
TLS_STORES = ("load_verify_locations", "set_default_verify_paths")
TLS_WRAPS = ("wrap_bio", "wrap_socket")

# An instrument that rests on another one goes with it.
RESTS_ON: Mapping[Instrument, Instrument] = {
    Instrument.CONNECTING: Instrument.STEPS,
    Instrument.TRANSPORTS: Instrument.STEPS,
    Instrument.TLS_TRANSPORTS: Instrument.TRANSPORTS,
    Instrument.LIVE_TRANSPORTS: Instrument.TRANSPORTS,
    Instrument.TRIO_STREAMS: Instrument.TRIO_STEPS,
    Instrument.TRIO_RUNS: Instrument.TRIO_STEPS,
    Instrument.TRIO_SOCKETS: Instrument.TRIO_RUNS,
    Instrument.AWAITS: Instrument.STEPS,
}


def _read(*targets: str) -> tuple[PrivateSeam, ...]:
    return tuple(PrivateSeam(target, Use.READ, "", _CPYTHON) for target in targets)


SEAMS: Mapping[Instrument, tuple[PrivateSeam, ...]] = {
    Instrument.STEPS: (
        PrivateSeam("asyncio.base_events:BaseEventLoop.call_soon", Use.REPLACED, "self, callback, context=", _CPYTHON),
        PrivateSeam("asyncio.base_events:BaseEventLoop._run_once", Use.LOOKS_UP, "_run", _CPYTHON),
        PrivateSeam("asyncio:SelectorEventLoop()._ready.append", Use.CALLED, "handle", _CPYTHON),
        PrivateSeam(f"{_LOOP}.__init__", Use.CALLED, "self, selector", _CPYTHON),
        PrivateSeam("selectors:DefaultSelector.select", Use.REPLACED, "self, timeout", _CPYTHON),
        PrivateSeam(f"{_HANDLE}.__init__", Use.CALLED, "self, callback, args, loop, context", _CPYTHON),
        PrivateSeam(f"{_HANDLE}._run", Use.REPLACED, "self", _CPYTHON),
        *_read(*(f"{_HANDLE}.{name}" for name in ("_callback", "_args", "_context", "_loop"))),
        *_read("asyncio.events:TimerHandle._when", "asyncio:SelectorEventLoop()._closed"),
        *_read("asyncio:SelectorEventLoop()._debug"),
    ),
    Instrument.CALLBACK_TEXT: (
        PrivateSeam("asyncio.format_helpers:_format_callback_source", Use.CALLED, "func, args", _CPYTHON),
    ),
    Instrument.WAITS: (
        PrivateSeam(f"{_LOOP}.__init__", Use.CALLED, "self, selector", _CPYTHON),
        PrivateSeam("selectors:DefaultSelector.select", Use.REPLACED, "self, timeout", _CPYTHON),
    ),
    Instrument.CONNECTING: (
        PrivateSeam("asyncio.base_events:BaseEventLoop.getaddrinfo", Use.AWAITED, "self", _CPYTHON),
        PrivateSeam(f"{_LOOP}.sock_connect", Use.AWAITED, "self", _CPYTHON),
    ),
    Instrument.TRANSPORTS: (
        # asyncio's own method is run with our class for the name that it looks up, whatever its parameters are.
        PrivateSeam(f"{_LOOP}._make_socket_transport", Use.LOOKS_UP, "_SelectorSocketTransport", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}.__init__", Use.LOOKS_UP, "_read_ready", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}.__init__", Use.OVERRIDDEN, "self, server=", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}.write", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}.writelines", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}._read_ready", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam(f"{_TRANSPORT}._call_connection_lost", Use.OVERRIDDEN, "self", _CPYTHON),
    ),
    Instrument.TLS_TRANSPORTS: (
        PrivateSeam(f"{_LOOP}._make_ssl_transport", Use.LOOKS_UP, "_SelectorSocketTransport", _CPYTHON),
    ),
    Instrument.HANDSHAKES: (
        PrivateSeam("ssl:SSLObject.do_handshake", Use.OVERRIDDEN, "self", _CPYTHON),
        *_read("ssl:SSLObject.session_reused"),
    ),
    Instrument.TLS_WORK: (
        PrivateSeam("ssl:SSLContext.__new__", Use.OVERRIDDEN, "cls", _CPYTHON),
        *(PrivateSeam(f"ssl:SSLContext.{name}", Use.OVERRIDDEN, "", _CPYTHON) for name in TLS_STORES + TLS_WRAPS),
        *(
            PrivateSeam(f"ssl:{name}.do_handshake", Use.OVERRIDDEN, "self", _CPYTHON)
            for name in ("SSLObject", "SSLSocket")
        ),
        *_read("ssl:SSLObject.session_reused", "ssl:SSLSocket.session_reused"),
    ),
    Instrument.AWAITS: (
        PrivateSeam("asyncio:Task.get_coro", Use.CALLED, "self", _CPYTHON),
        *_read("types:CoroutineType.cr_code", "types:CoroutineType.cr_await"),
        *_read("types:GeneratorType.gi_code", "types:GeneratorType.gi_yieldfrom"),
        *_read("types:AsyncGeneratorType.ag_code", "types:AsyncGeneratorType.ag_await"),
    ),
    Instrument.TRIO_STEPS: (
        PrivateSeam("trio.abc:Instrument.before_io_wait", Use.REPLACED, "self, timeout", _TRIO),
        PrivateSeam("trio.abc:Instrument.after_io_wait", Use.REPLACED, "self, timeout", _TRIO),
        PrivateSeam("trio.abc:Instrument.task_scheduled", Use.REPLACED, "self, task", _TRIO),
        PrivateSeam("trio.abc:Instrument.before_task_step", Use.REPLACED, "self, task", _TRIO),
        PrivateSeam("trio.lowlevel:Task.context", Use.READ, "", _TRIO),
        PrivateSeam("trio.lowlevel:Task.coro", Use.READ, "", _TRIO),
    ),
    Instrument.TRIO_WAITS: (
        PrivateSeam("trio.abc:Instrument.before_io_wait", Use.REPLACED, "self, timeout", _TRIO),
        PrivateSeam("trio.abc:Instrument.after_io_wait", Use.REPLACED, "self, timeout", _TRIO),
    ),
    Instrument.TRIO_STREAMS: (
        PrivateSeam("trio:SocketStream.__init__", Use.OVERRIDDEN, "self, socket", _TRIO),
        PrivateSeam("trio:SocketStream.aclose", Use.AWAITED, "self", _TRIO),
        PrivateSeam("trio._socket:_SocketType._nonblocking_helper", Use.AWAITED, "self, fn=", _TRIO),
        PrivateSeam("trio._socket:_SocketType.connect", Use.AWAITED, "self", _TRIO),
        PrivateSeam("trio.socket:getaddrinfo", Use.AWAITED, "", _TRIO),
    ),
    Instrument.TRIO_RUNS: (
        PrivateSeam("trio._core._run:setup_runner", Use.OVERRIDDEN, "clock, instruments", _TRIO),
        PrivateSeam("trio.abc:Instrument.before_run", Use.REPLACED, "self", _TRIO),
        PrivateSeam("trio.abc:Instrument.after_run", Use.REPLACED, "self", _TRIO),
        PrivateSeam("trio.abc:Instrument.task_spawned", Use.REPLACED, "self, task", _TRIO),
        PrivateSeam("trio.lowlevel:add_instrument", Use.CALLED, "instrument", _TRIO),
        PrivateSeam("trio.lowlevel:remove_instrument", Use.CALLED, "instrument", _TRIO),
    ),
    Instrument.TRIO_SOCKETS: (
        PrivateSeam("trio._socket:_SocketType.connect", Use.AWAITED, "self", _TRIO),
        PrivateSeam("trio._socket:_SocketType.close", Use.OVERRIDDEN, "self", _TRIO),
        PrivateSeam("trio._socket:_SocketType._nonblocking_helper", Use.AWAITED, "self, fn=", _TRIO),
    ),
    Instrument.UVLOOP: (
        PrivateSeam("uvloop:Loop.getaddrinfo", Use.AWAITED, "self", _UVLOOP),
        PrivateSeam("uvloop:Loop.sock_connect", Use.AWAITED, "self", _UVLOOP),
        PrivateSeam("uvloop:Loop.create_connection", Use.AWAITED, "self, protocol_factory, ssl=, sock=", _UVLOOP),
        PrivateSeam("uvloop:Loop.start_tls", Use.AWAITED, "self, transport, protocol", _UVLOOP),
        PrivateSeam("uvloop:Loop.call_soon", Use.OVERRIDDEN, "self, callback, context=", _UVLOOP),
        PrivateSeam("uvloop:Loop.call_soon_threadsafe", Use.OVERRIDDEN, "self, callback, context=", _UVLOOP),
        PrivateSeam("uvloop:Loop.call_later", Use.OVERRIDDEN, "self, delay, callback, context=", _UVLOOP),
        PrivateSeam("uvloop:Loop.add_reader", Use.OVERRIDDEN, "self, fileobj, callback", _UVLOOP),
        PrivateSeam("uvloop:Loop.add_writer", Use.OVERRIDDEN, "self, fileobj, callback", _UVLOOP),
        PrivateSeam("uvloop:Loop.run_forever", Use.REPLACED, "self", _UVLOOP),
    ),
    Instrument.THREADS: (
        *(PrivateSeam(f"socket:socket.{name}", Use.OVERRIDDEN, "self", _CPYTHON) for name in ("recv", "recv_into")),
        *(PrivateSeam(f"socket:socket.{name}", Use.OVERRIDDEN, "self, data", _CPYTHON) for name in ("send", "sendall")),
        PrivateSeam("socket:socket.connect", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("socket:getaddrinfo", Use.OVERRIDDEN, "", _CPYTHON),
        PrivateSeam("ssl:SSLSocket.read", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("ssl:SSLSocket.send", Use.OVERRIDDEN, "self, data", _CPYTHON),
        PrivateSeam("ssl:SSLSocket.do_handshake", Use.OVERRIDDEN, "self", _CPYTHON),
        *_read("ssl:SSLSocket.session_reused"),
    ),
    Instrument.PROGRAM_SOCKETS: (
        PrivateSeam("socket:socket.connect", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("socket:socket._real_close", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("socket:SocketIO.readinto", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("socket:getaddrinfo", Use.OVERRIDDEN, "host", _CPYTHON),
    ),
    Instrument.PROGRAM_TLS: (
        PrivateSeam("ssl:SSLObject.do_handshake", Use.OVERRIDDEN, "self", _CPYTHON),
        PrivateSeam("ssl:SSLSocket.do_handshake", Use.OVERRIDDEN, "self", _CPYTHON),
        *_read("ssl:SSLObject.session_reused", "ssl:SSLSocket.session_reused"),
    ),
    Instrument.HTTP_CLIENT: (PrivateSeam("http.client:HTTPConnection.send", Use.OVERRIDDEN, "self, data", _CPYTHON),),
    Instrument.LIVE_TRANSPORTS: (
        *_read("asyncio:SelectorEventLoop()._transports.values", "asyncio:SelectorEventLoop()._selector.get_key"),
        PrivateSeam("asyncio.selector_events:_SelectorTransport.__init__", Use.LOOKS_UP, "_conn_lost", _CPYTHON),
        PrivateSeam("asyncio.selector_events:_SelectorTransport.__init__", Use.LOOKS_UP, "_sock_fd", _CPYTHON),
        PrivateSeam("asyncio.selector_events:_SelectorTransport.__init__", Use.LOOKS_UP, "_server", _CPYTHON),
        PrivateSeam("asyncio.selector_events:_SelectorTransport.close", Use.LOOKS_UP, "_closing", _CPYTHON),
    ),
    Instrument.LIVE_CONNECTS: (PrivateSeam(f"{_LOOP}.sock_connect", Use.AWAITED, "self, sock", _CPYTHON),),
    Instrument.LIVE_TURNS: (
        PrivateSeam("asyncio.base_events:BaseEventLoop._run_once", Use.REPLACED, "self", _CPYTHON),
        PrivateSeam("asyncio.base_events:BaseEventLoop._run_once", Use.LOOKS_UP, "_process_events", _CPYTHON),
        PrivateSeam("asyncio.base_events:BaseEventLoop.run_forever", Use.LOOKS_UP, "_run_once", _CPYTHON),
        PrivateSeam(f"{_LOOP}._process_events", Use.REPLACED, "self, event_list", _CPYTHON),
    ),
    Instrument.LIVE_TRIO_CONNECTS: (PrivateSeam("trio._socket:_SocketType.connect", Use.AWAITED, "self", _TRIO),),
}


def resting_on(instrument: Instrument) -> tuple[Instrument, ...]:
    """What goes with it."""
    direct = [above for above, below in RESTS_ON.items() if below is instrument]
    return tuple(found for above in direct for found in (above, *resting_on(above)))


def fits(instrument: Instrument, failures: Failures) -> bool:
    """Whether the instrument may be put in; where not, the run's notes name it, what goes with it and what does not fit.

    Ask first for what it rests on.
    """
    faults = misfits(SEAMS[instrument])
    if faults:
        failures.leave_out(", ".join((instrument, *resting_on(instrument))), "; ".join(faults))
    return not faults
