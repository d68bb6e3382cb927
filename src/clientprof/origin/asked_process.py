"""A process that the parent started, asks by lines on its standard input, and ends by closing that."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import IO

from clientprof.origin.errors import OriginError

_ANSWER_S = 10.0
_STOP_S = 3.0
_SLOWING_SETTINGS = (
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONTRACEMALLOC",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONMALLOC",
)


class AskedProcess:
    """One process, started at once; it answers each command with one JSON line, and says one before any.

    ``name`` is what messages call it, ``again`` what they advise when it has ended.
    """

    def __init__(self, name: str, command: Sequence[str], again: str) -> None:
        """Start it.

        Raises:
            OriginError: the system cannot.
        """
        self._name = name
        self._again = again
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._asking = threading.Lock()  # one question at a time, whichever thread asks
        self._closed = False
        # settings that make asyncio or the interpreter slow are meant for the client, not for what serves it
        environment = {name: value for name, value in os.environ.items() if name not in _SLOWING_SETTINGS}
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in close(), with the process
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=environment,
                process_group=None if sys.platform == "win32" else 0,  # the terminal's Ctrl-C is the parent's
            )
        except OSError as error:
            self._complaints.close()
            raise OriginError(f"cannot start {name} with {command[0]}: {error}") from error
        self._reader = threading.Thread(target=self._collect, name=f"{name} lines", daemon=True)
        self._reader.start()

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ask(self, command: str, key: str) -> dict[str, object]:
        """What its answer to that command has under ``key``; empty where that is no object.

        Raises:
            OriginError: it has died, says that it cannot, or does not answer within 10 s and is ended.
        """
        with self._asking:
            if self._closed or self._process.stdin is None:
                raise OriginError(f"{self._name} is not running; start the run again")
            try:
                self._process.stdin.write(command.encode() + b"\n")
                self._process.stdin.flush()
            except OSError:
                raise self._death() from None
            return self.receive(key, _ANSWER_S)

    def receive(self, key: str, timeout_s: float) -> dict[str, object]:
        """The next thing it says, as ``ask`` has it."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self.close()  # a late answer would be taken for that to the next question
            raise OriginError(
                f"{self._name} did not answer within {timeout_s:.0f} s; is the machine overloaded?"
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
        raise OriginError(f"{self._name} answered something else than {key}: {line[:80]!r}")

    def close(self) -> None:
        """Ask it to stop; terminate it if it does not within 3 s, kill it 3 s later. Never raises."""
        if self._closed:
            return
        self._closed = True
        process = self._process
        with contextlib.suppress(OSError, ValueError):
            assert process.stdin is not None
            process.stdin.close()  # to it that means stop
        for harder in (process.terminate, process.kill, None):
            try:
                process.wait(_STOP_S)
                break
            except subprocess.TimeoutExpired:
                if harder is not None:
                    harder()
        self._reader.join(_STOP_S)
        if process.stdout is not None:
            process.stdout.close()
        self._complaints.close()

    def _death(self) -> OriginError:
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_STOP_S)
        how = f"with exit code {code}" if code is not None else "its standard output"
        last = self._last_complaint()
        return OriginError(f"{self._name} ended {how} ({last or 'it said nothing'}); {self._again}")

    def _last_complaint(self) -> str:
        if self._complaints.closed:
            return ""
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def _collect(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(b"")
