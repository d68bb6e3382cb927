"""Where clients wait for a connection, open one, and shake hands: at the seams that a recording stamps, counted."""

import functools
import socket
from collections.abc import Callable
from typing import Any

from clientprof.model.phases import Mark
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import MarkSpec, find
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import around, unseen
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.watching.counted_exchanges import CountedExchanges

Function = Callable[..., Any]


class CountingSeams:
    """Installs them one module after the other, as the program imports it."""

    def __init__(self, exchanges: CountedExchanges, patches: Patches, failures: Failures) -> None:
        self._exchanges = exchanges
        self._patches = patches
        self._failures = failures

    def pool(self, spec: MarkSpec) -> bool:
        """The door of a client's pool; False where the installed version has no such function."""
        seam = find(spec.target)
        if seam is None:
            return False
        fault = spec.fault(seam.function)
        if fault is not None:
            self._failures.leave_out(f"waits for connections in {spec.target}", fault)
            return True
        enter = self._door(spec.enter, at_last=False)
        leave = self._door(spec.leave, at_last=True)
        if enter is None and leave is None:
            return True
        if not seam.replace(around(seam.function, enter, leave), self._patches):
            self._failures.leave_out(f"waits for connections in {spec.target}", "cannot be replaced")
        return True

    def queue(self, target: str) -> bool:
        """A client's function that does nothing but wait for a connection; False where the installed version has none."""
        seam = find(target)
        if seam is None:
            return False
        door = self._exchanges.entering_pool(), self._exchanges.got_connection(at_last=True)
        return seam.replace(around(seam.function, *door), self._patches)

    def creates(self, target: str) -> bool:
        """A client's function that makes a new connection: the wait for one that is free is over."""
        seam = find(target)
        if seam is None:
            return False
        got = self._exchanges.got_connection(at_last=True)
        return seam.replace(around(seam.function, got, None), self._patches)

    def _door(self, mark: Mark | None, *, at_last: bool) -> Callable[[], None] | None:
        if mark is Mark.POOL_ENQUEUE:
            return self._exchanges.entering_pool()
        return self._exchanges.got_connection(at_last=at_last) if mark is Mark.POOL_ACQUIRED else None

    def on_socket(self) -> None:
        """Connects that are over when they return: those that block a thread, and of Unix sockets also others."""
        if not fits(Instrument.PROGRAM_SOCKETS, self._failures):
            return
        kind: Any = socket.socket
        exchanges, original = self._exchanges, kind.connect

        @functools.wraps(original)
        def connect(sock: Any, *args: Any, **kwargs: Any) -> Any:
            opened = exchanges.running()
            try:
                result = original(sock, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            # Loops tell of theirs, in which this one is.
            if opened is not None and not opened.dialling and sock.type == socket.SOCK_STREAM:
                exchanges.connected()
            return result

        self._patches.set(kind, "connect", connect)

    def on_ssl(self) -> None:
        """Handshakes, of event loops and of threads."""
        import ssl

        if not fits(Instrument.PROGRAM_TLS, self._failures):
            return
        for kind in (ssl.SSLObject, ssl.SSLSocket):
            self._patches.set(kind, "do_handshake", self._handshaking(kind.do_handshake))

    def _handshaking(self, original: Function) -> Function:
        exchanges = self._exchanges

        @functools.wraps(original)
        def do_handshake(engine: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(engine, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            if not engine.server_side:
                exchanges.shaken()
            return result

        return do_handshake

    def awaited_connect(
        self, owner: Any, name: str, counts: Callable[[Any, Any], bool], *, whole: bool = False
    ) -> None:  # fmt: skip
        """A coroutine function that opens a connection, counted where it succeeds. ``counts`` says of its arguments whether
        it opens one. ``whole``: it shakes hands too, and the connection is counted where only that failed."""
        exchanges, original = self._exchanges, getattr(owner, name)
        connecting = exchanges.got_connection(at_last=True)

        @functools.wraps(original)
        async def connect(*args: Any, **kwargs: Any) -> Any:
            opened = exchanges.running()
            if opened is None or not counts(args, kwargs):
                try:
                    return await original(*args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    raise
            connecting()
            opened.dialling += 1
            try:
                result = await original(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                if whole and _shook_hands(error):
                    exchanges.connected()
                raise
            finally:
                opened.dialling -= 1
            exchanges.connected()
            return result

        self._patches.set(owner, name, connect)


def _shook_hands(error: BaseException) -> bool:
    """Whether it is of a TLS handshake: the connection itself had been opened."""
    import ssl

    return isinstance(error, (ssl.SSLError, ConnectionAbortedError, ConnectionResetError))
