"""The parent's side of a worker: start it, follow its events, bound its time, read its run file."""

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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clientprof.model.recording import Run
from clientprof.recording.facts import to_json
from clientprof.recording.run_file import RecordingError, read_run
from clientprof.workload.settings import WorkerSettings

Event = Mapping[str, object]


class WorkerError(Exception):
    """A worker that crashed, hung or could not measure. The message says which and what to do."""


def run_worker(
    settings: WorkerSettings,
    on_event: Callable[[Event], None],
    *,
    timeout_s: float,
    python: str | None = None,
    environment: Mapping[str, str] | None = None,
    entry: Sequence[str] = ("-m", "clientprof.workload.worker"),
) -> Run:
    """Measure in a process of its own and return its run.

    ``on_event`` is called for each event while the worker waits; ``timeout_s`` bounds the whole. ``settings.output`` is
    filled in here. ``entry`` is what the interpreter runs; another one may add lenses. The worker is ended in every case,
    an exception of ``on_event`` (Ctrl-C, say) included.

    Raises:
        WorkerError: the worker died, hung beyond the bound, or reported a failure.
    """
    with tempfile.TemporaryDirectory(prefix="clientprof-") as folder:
        output = Path(folder) / "run"
        content = to_json(settings) | {"output": str(output)}
        source = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
        interpreter = python or sys.executable
        try:
            process = subprocess.Popen(
                [interpreter, *entry],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
            )
        except OSError as error:
            raise WorkerError(f"cannot start {Path(interpreter).name}: {error.strerror or error}") from error
        try:
            _follow(process, json.dumps(content), on_event, timeout_s, settings)
            return read_run(output)
        except RecordingError as error:
            what = f"{settings.client} under the {settings.lens} lens"
            raise WorkerError(f"{what} left no readable run: {error}") from error
        except WorkerError:
            process.terminate()  # it will not end by itself; one that has ended is not touched
            raise
        finally:
            _end(process)


def _follow(
    process: "subprocess.Popen[str]",
    first_line: str,
    on_event: Callable[[Event], None],
    timeout_s: float,
    settings: WorkerSettings,
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    lines: queue.Queue[str | None] = queue.Queue()
    errors: deque[str] = deque(maxlen=20)
    stdout, stderr = process.stdout, process.stderr

    def read_events() -> None:
        for line in stdout:
            lines.put(line)
        lines.put(None)

    def read_errors() -> None:
        errors.extend(line.rstrip() for line in stderr)

    readers = [threading.Thread(target=target, daemon=True) for target in (read_events, read_errors)]
    for reader in readers:
        reader.start()
    what = f"{settings.client} under the {settings.lens} lens"
    deadline = time.monotonic() + timeout_s
    try:
        process.stdin.write(first_line + "\n")
        process.stdin.flush()
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise WorkerError(
                    f"{what} did not end within {timeout_s:.0f} s and was stopped; try fewer requests with -n"
                ) from None
            if line is None:
                process.wait()
                readers[1].join(1)
                last = errors[-1] if errors else "it printed nothing"
                raise WorkerError(f"{what} died with exit code {process.returncode}: {last}")
            event = _parse(line, what)
            if event["event"] == "failed":
                raise WorkerError(f"{what} could not measure: {event['text']}")
            if event["event"] == "written":
                return
            on_event(event)
            if event["event"] in ("cold", "measured", "end"):
                process.stdin.write("\n")
                process.stdin.flush()
    except BrokenPipeError:
        process.wait()
        readers[1].join(1)
        last = errors[-1] if errors else "it printed nothing"
        raise WorkerError(f"{what} died with exit code {process.returncode}: {last}") from None


def _parse(line: str, what: str) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        raise WorkerError(f"{what} said something that is no event: {line.strip()[:80]!r}")
    return event


def _end(process: "subprocess.Popen[str]") -> None:
    """Wait for the worker to end by itself, then insist; only ever the process started here."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    for stop in (None, process.terminate, process.kill):
        if stop is not None:
            stop()
        try:
            process.wait(timeout=2)
            break
        except subprocess.TimeoutExpired:
            continue
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
