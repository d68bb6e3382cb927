"""The parent's side of the app: start it, measure between two lines, read its run file, end it in every case."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType

from clientprof.model.recording import Run
from clientprof.recording.dataclass_json import to_json
from clientprof.recording.run_file import RecordingError, read_run
from clientprof.workload.programs.fastapi_app.route_settings import ServiceSettings

# Importing FastAPI and its clients takes a second or two on a busy core.
_START_S = 60.0
_DRAIN_S = 45.0
_STOP_S = 5.0
# A proxy of the user's would take the place of the origin.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class ServiceError(Exception):
    """The app crashed, hung or could not start. The message says which."""


class ServiceProcess:
    """A running app; a context manager that ends the process it started.

    ``port`` is where it listens on loopback. ``begin``, then a load, then ``end``, then ``finish`` for the run.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="clientprof-")
        self._output = Path(self._folder.name) / "run"
        self._what = f"the app's route {settings.route} under the {settings.lens} lens"
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: deque[str] = deque(maxlen=20)
        source = str(Path(__file__).resolve().parents[4])
        kept = {k: v for k, v in os.environ.items() if k.upper() not in _PROXIES}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "clientprof.workload.programs.fastapi_app.app_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**kept, "PYTHONPATH": os.pathsep.join(filter(None, (source, kept.get("PYTHONPATH"))))},
                process_group=None if sys.platform == "win32" else 0,  # the terminal's Ctrl-C is the parent's
            )
        except OSError as error:
            self._folder.cleanup()
            raise ServiceError(f"cannot start the app: {error.strerror or error}") from error
        self._readers = [
            threading.Thread(target=target, daemon=True) for target in (self._read_events, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()
        try:
            self._write(json.dumps(to_json(settings) | {"output": str(self._output)}))
            self.port = int(str(self._expect("ready", _START_S)["port"]))
        except BaseException:
            self.close()
            raise

    def begin(self) -> None:
        """Start measuring.

        Raises:
            ServiceError: the app has died or does not answer; so for ``end`` and ``finish``.
        """
        self._write("begin")
        self._expect("begun", _STOP_S)

    def end(self) -> None:
        """Wait until every request is answered, and stop measuring."""
        self._write("end")
        self._expect("ended", _DRAIN_S)

    def finish(self) -> Run:
        """Stop the app and return what it measured."""
        self._write("stop")
        self._expect("written", _DRAIN_S)
        try:
            return read_run(self._output)
        except RecordingError as error:
            raise ServiceError(f"{self._what} left no readable run: {error}") from error

    def __enter__(self) -> "ServiceProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.terminate()  # nobody waits for its run any more
        self.close()

    def close(self) -> None:
        """End the process started here, if it has not ended by itself. Never raises."""
        process = self._process
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()  # to the app that means stop
        for stop in (None, process.terminate, process.kill):
            if stop is not None:
                stop()
            try:
                process.wait(_STOP_S)
                break
            except subprocess.TimeoutExpired:
                continue
        for reader in self._readers:
            reader.join(_STOP_S)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        self._folder.cleanup()

    def _write(self, line: str) -> None:
        """Send it, if the app still listens: one that does not has ended, and its next event tells why."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _expect(self, event: str, timeout_s: float) -> dict[str, object]:
        deadline = time.monotonic() + timeout_s
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise ServiceError(f"{self._what} did not answer within {timeout_s:.0f} s and was stopped") from None
        if line is None:
            raise self._death()
        try:
            content = json.loads(line)
        except ValueError:
            content = None
        if not isinstance(content, dict) or content.get("event") not in (event, "failed"):
            raise ServiceError(f"{self._what} said something that is no event: {line.strip()[:80]!r}")
        if content["event"] == "failed":
            raise ServiceError(f"{self._what} could not be measured: {content.get('text')}")
        return content

    def _death(self) -> ServiceError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self._readers[1].join(1)
        last = self._errors[-1] if self._errors else "it printed nothing"
        return ServiceError(f"{self._what} died with exit code {self._process.returncode}: {last}")

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            self._errors.extend(line.rstrip() for line in self._process.stderr)
