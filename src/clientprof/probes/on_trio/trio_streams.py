"""Stamps of trio's sockets: connects, writes, reads and closes, in the columns of the stamped asyncio transport.

A read is stamped with the step in which its data was taken.
"""

from time import perf_counter_ns
from typing import Any
from weakref import WeakKeyDictionary

from clientprof.model.phases import Mark
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.observation_points import find
from clientprof.probes.on_trio.trio_transfers import SOCKET, wrap_transfers
from clientprof.probes.patches import Patches
from clientprof.probes.ports import Ports
from clientprof.recording.recorder import Recorder

_GROUPS = {
    "connection": ("opened_ns", "exchange"),
    "write": ("started_ns", "ended_ns", "exchange", "connection", "bytes"),
    "read": ("at_ns", "exchange", "connection"),
    "closing": ("at_ns", "connection"),
    "mark": ("at_ns", "exchange", "kind"),
}


class TrioStreamStamps:
    """``install`` wraps ``trio.SocketStream``, name look-ups and connects; what it replaced is in ``patches``."""

    def __init__(self, recorder: Recorder, patches: Patches, failures: Failures) -> None:
        self._recorder = recorder
        self._patches = patches
        self._failures = failures
        self._ports = Ports(recorder, failures)
        self._steps = recorder.column("step.started_ns")
        self._append = {
            group: tuple(recorder.column(f"{group}.{name}").append for name in names)
            for group, names in _GROUPS.items()
        }
        self._connections: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._opened = 0

    def install(self) -> None:
        """What it overrides must fit the table of seams."""
        import trio

        stream: Any = trio.SocketStream
        opened, aclose = vars(stream)["__init__"], vars(stream)["aclose"]

        def init(this: Any, socket: Any, *args: Any, **kwargs: Any) -> None:
            opened(this, socket, *args, **kwargs)
            self._opened += 1
            self._connections[socket] = self._opened
            self._row("connection", perf_counter_ns(), EXCHANGE.get(-1))
            self._ports.note(self._opened, socket.getsockname())

        async def close(this: Any, *args: Any, **kwargs: Any) -> Any:
            number = self._connections.pop(this.socket, None)
            if number is not None:
                self._row("closing", perf_counter_ns(), number)
            return await aclose(this, *args, **kwargs)

        self._patches.set(stream, "__init__", init)
        self._patches.set(stream, "aclose", close)
        wrap_transfers(self._patches, self._sending, self._receiving)
        self._bracket(f"{SOCKET}.connect", Mark.TCP_START, Mark.TCP_END)
        self._bracket("trio.socket:getaddrinfo", Mark.DNS_START, Mark.DNS_END)

    def _sending(self, socket: Any, function: Any) -> Any:
        number = self._connections.get(socket)
        if number is None:
            return function

        def send(*args: Any, **kwargs: Any) -> Any:
            started_ns = perf_counter_ns()
            sent = function(*args, **kwargs)
            self._row("write", started_ns, perf_counter_ns(), EXCHANGE.get(-1), number, sent)
            return sent

        return send

    def _receiving(self, socket: Any, function: Any) -> Any:
        number = self._connections.get(socket)
        if number is None:
            return function

        def receive(*args: Any, **kwargs: Any) -> Any:
            data = function(*args, **kwargs)
            self._row("read", self._steps[-1] if self._steps else perf_counter_ns(), EXCHANGE.get(-1), number)
            return data

        return receive

    def _bracket(self, target: str, enter: Mark, leave: Mark) -> None:
        seam = find(target)
        assert seam is not None
        original: Any = seam.function

        async def bracketed(*args: Any, **kwargs: Any) -> Any:
            self._row("mark", perf_counter_ns(), EXCHANGE.get(-1), enter)
            try:
                return await original(*args, **kwargs)
            finally:
                self._row("mark", perf_counter_ns(), EXCHANGE.get(-1), leave)

        self._patches.set_everywhere(seam.owner, seam.name, bracketed)

    def _row(self, group: str, *values: int) -> None:
        try:
            for append, value in zip(self._append[group], values, strict=True):
                append(value)
        except Exception as error:
            self._append = {name: tuple(ignore for _ in columns) for name, columns in _GROUPS.items()}
            self._failures.remove("stamps of trio's streams", error)
            for name in _GROUPS:
                self._recorder.level(name)
