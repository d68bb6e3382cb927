"""Stamps of trio's sockets: connects, writes, reads and closes, in the columns of the stamped asyncio transport.

trio has no transport that reads by itself: a task sends and receives in its own steps, so the task's context names the
exchange, and a read is stamped with the step in which its data was taken.
"""

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any
from weakref import WeakKeyDictionary

from clientprof.model.phases import Mark
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.observation_points import find
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder

_SOCKET = "trio._socket:_SocketType"
_GROUPS = {
    "connection": ("opened_ns", "exchange"),
    "write": ("started_ns", "ended_ns", "exchange", "connection"),
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
        self._steps = recorder.column("step.started_ns")
        self._append = {
            group: tuple(recorder.column(f"{group}.{name}").append for name in names)
            for group, names in _GROUPS.items()
        }
        self._connections: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._opened = 0

    def install(self) -> list[str]:
        """Returns what the installed trio does not have."""
        import trio

        stream: Any = trio.SocketStream
        opened, aclose = vars(stream)["__init__"], vars(stream)["aclose"]

        def init(this: Any, socket: Any) -> None:
            opened(this, socket)
            self._opened += 1
            self._connections[socket] = self._opened
            self._row("connection", perf_counter_ns(), EXCHANGE.get(-1))

        async def close(this: Any) -> None:
            number = self._connections.pop(this.socket, None)
            if number is not None:
                self._row("closing", perf_counter_ns(), number)
            await aclose(this)

        self._patches.set(stream, "__init__", init)
        self._patches.set(stream, "aclose", close)
        return [target for target, stamp in self._seams() if not stamp(target)]

    def _seams(self) -> tuple[tuple[str, Callable[[str], bool]], ...]:
        return (
            (f"{_SOCKET}._nonblocking_helper", self._transfers),
            (f"{_SOCKET}.connect", lambda target: self._bracket(target, Mark.TCP_START, Mark.TCP_END)),
            ("trio.socket:getaddrinfo", lambda target: self._bracket(target, Mark.DNS_START, Mark.DNS_END)),
        )

    def _transfers(self, target: str) -> bool:
        """Stamp the system calls themselves: trio lets other tasks run between one and the end of the method around it."""
        seam = find(target)
        if seam is None:
            return False
        helper: Any = seam.function

        async def stamped(this: Any, wait: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
            number = self._connections.get(this)
            if number is not None and function.__name__ == "send":
                function = self._sending(function, number)
            elif number is not None and function.__name__ == "recv":
                function = self._receiving(function, number)
            return await helper(this, wait, function, *args, **kwargs)

        self._patches.set(seam.owner, seam.name, stamped)
        return True

    def _sending(self, function: Any, number: int) -> Any:
        def send(*args: Any) -> Any:
            started_ns = perf_counter_ns()
            sent = function(*args)
            self._row("write", started_ns, perf_counter_ns(), EXCHANGE.get(-1), number)
            return sent

        return send

    def _receiving(self, function: Any, number: int) -> Any:
        def receive(*args: Any) -> Any:
            data = function(*args)
            self._row("read", self._steps[-1] if self._steps else perf_counter_ns(), EXCHANGE.get(-1), number)
            return data

        return receive

    def _bracket(self, target: str, enter: Mark, leave: Mark) -> bool:
        seam = find(target)
        if seam is None:
            return False
        original: Any = seam.function

        async def bracketed(*args: Any, **kwargs: Any) -> Any:
            self._row("mark", perf_counter_ns(), EXCHANGE.get(-1), enter)
            try:
                return await original(*args, **kwargs)
            finally:
                self._row("mark", perf_counter_ns(), EXCHANGE.get(-1), leave)

        self._patches.set_everywhere(seam.owner, seam.name, bracketed)
        return True

    def _row(self, group: str, *values: int) -> None:
        try:
            for append, value in zip(self._append[group], values, strict=True):
                append(value)
        except Exception as error:
            self._append = {name: tuple(ignore for _ in columns) for name, columns in _GROUPS.items()}
            self._failures.remove("stamps of trio's streams", error)
            for name in _GROUPS:
                self._recorder.level(name)
