"""The parent's handle on a server in a process of its own, which it started and therefore ends."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, TypeVar

from clientprof.origin.certificates import remove_ca_folder
from clientprof.origin.errors import OriginError
from clientprof.origin.options import Options, command_line
from clientprof.origin.ready import OriginReady
from clientprof.origin.truth.connection_log import ConnectionAccounts
from clientprof.origin.truth.journal import Journal

__all__ = ["Journal", "OriginError", "OriginProcess", "OriginReady"]

Account = TypeVar("Account")

_START_S = 20.0
_ANSWER_S = 10.0
_STOP_S = 3.0
_SLOWING_SETTINGS = (
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONTRACEMALLOC",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONMALLOC",
)


class OriginProcess:
    """A running origin. Context manager; ends the process it started, by id.

    Arguments: ``tls`` serves HTTPS with a CA made for this run; ``port`` 0 lets the system choose; ``cpu`` pins the
    server (Linux); ``seed`` is of its delay sequences; ``engine`` is ``auto`` or ``standard``; ``accept_delay_ms``
    holds each new connection for so long; ``max_requests_per_connection`` and ``keepalive_s`` close connections,
    None never; ``hosts`` is the number of origins that it serves (``ready.base_urls``); ``http2`` serves HTTP/2 beside
    HTTP/1.1, to clients that choose it by ALPN (with ``tls``) or by prior knowledge (without); ``silent_close`` leaves out
    ``Connection: close``; every ``refuse_every``th request gets 503 with ``Retry-After: retry_after_s``. One handle, one
    process: a closed handle does not start again.
    """

    def __init__(
        self,
        *,
        tls: bool = False,
        port: int = 0,
        cpu: int | None = None,
        seed: int = 1,
        accept_delay_ms: int = 0,
        max_requests_per_connection: int | None = None,
        keepalive_s: float | None = None,
        engine: str = "auto",
        hosts: int = 1,
        http2: bool = False,
        silent_close: bool = False,
        refuse_every: int = 0,
        retry_after_s: int = 1,
    ) -> None:
        self._options = Options(
            port, tls, cpu, seed, engine, accept_delay_ms, max_requests_per_connection, keepalive_s, hosts, http2,
            silent_close, refuse_every, retry_after_s,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._complaints: IO[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._ready: OriginReady | None = None
        self._asking = threading.Lock()  # one question at a time, whichever thread asks

    def start(self) -> OriginReady:
        """Start the server and wait until it listens; again on a running one just says where it listens.

        Raises:
            OriginError: it cannot start (port in use, trustme missing, ...) or did not within 20 s.
        """
        if self._ready is not None:
            return self._ready
        if self._process is not None:
            raise OriginError("this origin has ended; make a new OriginProcess")
        # settings that make asyncio or the interpreter slow are meant for the client, not for the server
        environment = {name: value for name, value in os.environ.items() if name not in _SLOWING_SETTINGS}
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed in close(), with the process
        try:
            self._process = subprocess.Popen(
                # -P: a file of the user's folder named like a module must not become part of the server
                [sys.executable, "-P", "-m", "clientprof.origin.server", *command_line(self._options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=environment,
                process_group=None if sys.platform == "win32" else 0,  # the terminal's Ctrl-C is the parent's
            )
        except OSError as error:
            self.close()
            raise OriginError(f"cannot start the origin with {sys.executable}: {error}") from error
        self._reader = threading.Thread(target=self._collect, name="origin lines", daemon=True)
        self._reader.start()
        try:
            self._ready = OriginReady.from_json(self._receive("ready", _START_S))
        except BaseException as error:
            self.close()
            if isinstance(error, ValueError):
                raise OriginError("the origin's first line was not understood; are two versions installed?") from error
            raise
        return self._ready

    def journal(self) -> Journal:
        """The server's account since it started; subtract with ``since``.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        return self._account("journal", "journal", Journal.from_json)

    def mark(self) -> None:
        """Begin a new interval: the journal's maxima start over, and so does every delay sequence.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        self._ask("mark", "marked")

    def connections(self) -> ConnectionAccounts:
        """What became of the latest HTTP/1.1 connections, and of the requests on them.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        return self._account("connections", "log of connections", ConnectionAccounts.from_json)

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Ask the server to stop; terminate it if it does not within 3 s, kill it 3 s later. Never raises."""
        process, ready, self._ready = self._process, self._ready, None
        if process is not None:
            with contextlib.suppress(OSError, ValueError):
                assert process.stdin is not None
                process.stdin.close()  # to the server that means stop
            for harder in (process.terminate, process.kill, None):
                try:
                    process.wait(_STOP_S)
                    break
                except subprocess.TimeoutExpired:
                    if harder is not None:
                        harder()
            if self._reader is not None:
                self._reader.join(_STOP_S)
            if process.stdout is not None:
                process.stdout.close()
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None
        if ready is not None and ready.ca_file is not None:
            remove_ca_folder(ready.ca_file)

    def __enter__(self) -> "OriginProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ready(self) -> OriginReady:
        """Where the server listens.

        Raises:
            OriginError: it was not started, or has been closed.
        """
        if self._ready is None:
            raise OriginError("the origin is not running; call start() first")
        return self._ready

    def _account(self, name: str, called: str, read: Callable[[Mapping[str, object]], Account]) -> Account:
        """The server's answer to that command, as ``read`` understands it; ``called`` is its name in messages."""
        try:
            return read(self._ask(name, name))
        except ValueError as error:
            raise OriginError(f"the origin's {called} was not understood: {error}") from error

    def _ask(self, command: str, key: str) -> dict[str, object]:
        with self._asking:
            if self._process is None or self._ready is None or self._process.stdin is None:
                raise OriginError("the origin is not running; call start() first")
            try:
                self._process.stdin.write(command.encode() + b"\n")
                self._process.stdin.flush()
            except OSError:
                raise self._death() from None
            return self._receive(key, _ANSWER_S)

    def _receive(self, key: str, timeout_s: float) -> dict[str, object]:
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self.close()  # a late answer would be taken for that to the next question
            raise OriginError(
                f"the origin did not answer within {timeout_s:.0f} s; is the machine overloaded?"
            ) from None
        if not line:
            self._lines.put(b"")  # the end stays the end for whoever asks next
            raise self._death()
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if isinstance(message, dict) and key in message:
            content = message[key]
            return content if isinstance(content, dict) else {}
        if isinstance(message, dict) and "error" in message:
            raise OriginError(str(message["error"]))
        raise OriginError(f"the origin answered something else than {key}: {line[:80]!r}")

    def _death(self) -> OriginError:
        assert self._process is not None
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_STOP_S)
        how = f"with exit code {code}" if code is not None else "its standard output"
        last = self._last_complaint()
        return OriginError(f"the origin ended {how} ({last or 'it said nothing'}); start the run again")

    def _last_complaint(self) -> str:
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def _collect(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(b"")
