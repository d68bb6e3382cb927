"""Exact counts at the boundaries of the client and of the standard library; no times.

Counting happens in a run of its own without any other instrument, so the client behaves as it does in the control run.
"""

import functools
import inspect
import socket
import ssl
import sys
from asyncio import base_events
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from clientprof.model.run import Counter
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import CounterSpec, find
from clientprof.probes.patches import Patches


class LoopCalls(Enum):
    """Whose calls are counted besides the client's own: those of the loop that runs it, or of threads without one."""

    NONE = 0
    ASYNCIO = 1
    TRIO = 2
    THREADS = 3
    UVLOOP = 4


# What every client does, counted where they all pass: name, owner, attribute, meaning, expected per request.
_TLS: tuple[tuple[str, Any, str, str, float | None], ...] = (
    ("tls_engine_reads", ssl.SSLObject, "read", "reads from the TLS engine", None),
    ("tls_engine_writes", ssl.SSLObject, "write", "writes to the TLS engine", None),
    ("handshake_steps", ssl.SSLObject, "do_handshake", "calls of the TLS handshake", 0.0),
)
_ASYNCIO: tuple[tuple[str, Any, str, str, float | None], ...] = (
    ("loop_callbacks", base_events.BaseEventLoop, "call_soon", "callbacks queued on the event loop", None),
    ("timers", base_events.BaseEventLoop, "call_at", "timers started on the event loop", None),
    ("tasks", base_events.BaseEventLoop, "create_task", "tasks created (one per request is the load itself)", 1.0),
    ("socket_sends", socket.socket, "send", "send calls on sockets", 1.0),
    ("socket_receives", socket.socket, "recv", "recv calls on sockets", 1.0),
    ("socket_receives_into", socket.socket, "recv_into", "recv_into calls on sockets", None),
    ("connects", socket.socket, "connect", "TCP connects", 0.0),
)
# uvloop sends, receives and connects in C.
_UVLOOP = (
    ("loop_callbacks", "call_soon", "callbacks queued on the event loop by Python", None),
    ("timers", "call_later", "timers started on the event loop", None),
    ("tasks", "create_task", "tasks created (one per request is the load itself)", 1.0),
)
# Blocking clients send and receive by one call or the other; over TLS each passes SSLSocket's own, and no plain socket's.
_THREADS: tuple[tuple[str, Any, str, str, float | None], ...] = (
    ("socket_sends", socket.socket, "send", "send and sendall calls on sockets, TLS ones included", 1.0),
    ("socket_sends", socket.socket, "sendall", "", None),
    ("socket_sends", ssl.SSLSocket, "send", "", None),
    ("socket_receives", socket.socket, "recv", "recv and recv_into calls on sockets, TLS ones included", 1.0),
    ("socket_receives", socket.socket, "recv_into", "", None),
    ("socket_receives", ssl.SSLSocket, "read", "", None),
    ("connects", socket.socket, "connect", "TCP connects", 0.0),
)
_COMMON = {LoopCalls.ASYNCIO: (*_ASYNCIO, *_TLS), LoopCalls.THREADS: _THREADS}
_TRIO_SOCKET = "trio._socket:_SocketType"
_TRIO = (
    CounterSpec("task_wakeups", "trio._core._run:Runner.reschedule", "tasks queued on trio's run loop"),
    CounterSpec(
        "tasks", "trio._core._run:Runner.spawn_impl", "tasks created (one per request is the load itself)", 1.0
    ),
    CounterSpec("socket_sends", f"{_TRIO_SOCKET}.send", "send calls on sockets", 1.0),
    CounterSpec("socket_receives", f"{_TRIO_SOCKET}.recv", "recv calls on sockets", 1.0),
    CounterSpec("connects", f"{_TRIO_SOCKET}.connect", "TCP connects", 0.0),
)
# What clients ask of anyio or of the system on asyncio, and of trio here; a zero would be untrue.
_TRIO_INSTEAD = {
    "socket_polls": CounterSpec(
        "socket_polls",
        f"{_TRIO_SOCKET}.is_readable",
        "sockets polled to see whether an idle connection was closed by the server; once per reuse is enough",
        expected=1.0,
    ),
    "cancel_scopes": CounterSpec(
        "cancel_scopes", "trio._core._run:CancelScope.__enter__", "trio cancel scopes entered"
    ),
}


@functools.cache
def countable_uvloop() -> type[Any]:
    """uvloop's loop as a class whose methods can be replaced: uvloop's own cannot."""
    import uvloop

    base: Any = uvloop.Loop
    return type("Loop", (base,), {"__module__": "uvloop"})


class FailedImports:
    """The last finder on ``sys.meta_path``: asked only for modules that no other finder has."""

    def __init__(self) -> None:
        self.by_name: dict[str, int] = {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        self.by_name[name] = self.by_name.get(name, 0) + 1


class CountingProbe:
    """Counts calls while installed; ``reset()`` starts over, ``counters(requests)`` gives the totals.

    ``socket_type`` is what the loop's sockets are.
    """

    def __init__(
        self,
        specs: Sequence[CounterSpec],
        failures: Failures | None = None,
        loop: LoopCalls = LoopCalls.ASYNCIO,
        socket_type: type[Any] = socket.socket,
    ) -> None:
        if loop is LoopCalls.TRIO:
            specs = (*_TRIO, *(_TRIO_INSTEAD.get(spec.name, spec) for spec in specs))
        self._specs = specs
        rows = _COMMON.get(loop, _TLS)
        self._common = tuple(
            (name, socket_type if owner is socket.socket else owner, attribute, meaning, expected)
            for name, owner, attribute, meaning, expected in rows
        )
        if loop is LoopCalls.UVLOOP:
            owner = countable_uvloop()
            self._common = (*((name, owner, *rest) for name, *rest in _UVLOOP), *_TLS)
        self._failures = failures or Failures()
        self._counts: dict[str, int] = {}
        self._patches = Patches()
        self._imports = FailedImports()
        self._rows: list[tuple[str, str, float | None]] = []
        self.missing: list[str] = []

    def names(self) -> tuple[str, ...]:
        """Of everything that it would count."""
        return tuple(
            dict.fromkeys(("ssl_contexts", *(row[0] for row in self._common), *(spec.name for spec in self._specs)))
        )

    def install(self) -> None:
        for name, owner, attribute, meaning, expected in self._common:
            original = getattr(owner, attribute, None)
            if original is None:
                self._failures.leave_out(f"counter {name}", f"{owner.__qualname__}.{attribute} is not there")
                continue
            if self._count(name, owner, attribute, original, lambda wrapper: wrapper) and meaning:
                self._rows.append((name, meaning, expected))
        self._count("ssl_contexts", ssl.SSLContext, "__new__", ssl.SSLContext.__new__, staticmethod)
        self._rows.append(("ssl_contexts", "TLS contexts built", 0.0))
        for spec in self._specs:
            seam = find(spec.target)
            if seam is None:
                self.missing.append(spec.target)
                continue
            if self._count(spec.name, seam.owner, seam.name, seam.function, seam.kept_kind):
                self._rows.append((spec.name, spec.meaning, spec.expected))
        sys.meta_path.append(self._imports)

    def uninstall(self) -> None:
        self._patches.restore()
        if self._imports in sys.meta_path:
            sys.meta_path.remove(self._imports)

    def reset(self) -> None:
        """Start counting from zero."""
        for name in self._counts:
            self._counts[name] = 0
        self._imports.by_name.clear()

    def counters(self, requests: int) -> tuple[Counter, ...]:
        """The totals since the last reset, over that many requests."""
        rows = [
            Counter(name=name, total=self._counts[name], requests=requests, meaning=meaning, expected=expected)
            for name, meaning, expected in self._rows
            if not self._failures.removed(f"counter {name}")
        ]
        failed = self._imports.by_name
        named = ", ".join(sorted(failed, key=lambda name: -failed[name])[:3])
        meaning = "imports that found nothing" + (f" ({named})" if named else "")
        rows.append(
            Counter(name="failed_imports", total=sum(failed.values()), requests=requests, meaning=meaning, expected=0.0)
        )
        return tuple(rows)

    def _count(
        self,
        name: str,
        owner: Any,
        attribute: str,
        original: Callable[..., Any],
        kept_kind: Callable[[Callable[..., Any]], Any],
    ) -> bool:
        """False where the owner, a type of C, forbids it; the run's notes say so."""
        counts = self._counts
        counts[name] = 0

        @functools.wraps(original)
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal counts
            try:
                counts[name] += 1
            except Exception as error:
                counts = {name: 0}  # where nobody reads
                self._failures.remove(f"counter {name}", error)
            return original(*args, **kwargs)

        # The wrapper returns a coroutine unawaited; callers that ask must still be told what it is.
        wrapper = _as_coroutine_function(counted) if inspect.iscoroutinefunction(original) else counted
        try:
            self._patches.set_everywhere(owner, attribute, kept_kind(wrapper))
        except (TypeError, AttributeError):
            self._failures.leave_out(f"counter {name}", f"{owner.__qualname__}.{attribute} cannot be replaced")
            return False
        return True


def _as_coroutine_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make ``inspect.iscoroutinefunction`` true for a plain wrapper (Python 3.12 and newer have the means)."""
    mark = getattr(inspect, "markcoroutinefunction", None)
    return function if mark is None else mark(function)
