"""The parent's side of a worker: start it, follow its events, bound its time, read its run file."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from clientprof.model.run import Run
from clientprof.recording.dataclass_json import to_json
from clientprof.recording.run_file import RecordingError, read_run
from clientprof.workload.other_environment import command_in, variables_without_leaks
from clientprof.workload.settings import WorkerSettings

Event = Mapping[str, object]


OWN_PYTHON = "{python}"
"""In ``within``: the interpreter that the worker itself runs in."""
WORKER_ENTRY = ("-m", "clientprof.workload.worker")
# When a worker is asked to look whether its round can be finished at all, as a share of its time.
LOOK_AT = 1 / 6
# For a worker that gives up to say so, and then to write what it has.
_SAYS_SO_S, _WRITES_S = 3.0, 30.0
# Events after which a worker waits for an empty line.
WAITING = ("cold", "measured", "turn", "hold", "end")


class WorkerError(Exception):
    """A worker that crashed, hung or could not measure. The message says which and what to do."""


class WorkerTimeout(WorkerError):
    """A worker that did not end in its time; it was stopped. Not a fault: its client may be that slow."""


def run_worker(
    settings: WorkerSettings,
    on_event: Callable[[Event], None],
    *,
    timeout_s: float,
    python: str | None = None,
    environment: Mapping[str, str] | None = None,
    entry: Sequence[str] = WORKER_ENTRY,
    within: Sequence[str] = (),
    look: bool = True,
    worker: "WorkerProcess | None" = None,
) -> Run:
    """Measure in a process of its own and return its run.

    ``on_event`` is called for each event while the worker waits; ``timeout_s`` bounds the whole. ``settings.output`` is
    filled in here. ``python`` is another environment's interpreter, None for this one. ``entry`` is what it runs; another
    one may add lenses. ``within`` begins its command where it must run in the server's network. The worker is ended in
    every case, an exception of ``on_event`` (Ctrl-C, say) included. ``worker`` is one with these settings that has been
    started already (``started_ahead.py``).

    With ``settings.most_s`` it is told when time is up, and its run is what it has then; with ``look`` it is asked earlier
    whether it will finish at all.

    Raises:
        WorkerError: the worker died, hung beyond the bound, or reported a failure.
    """
    began = time.monotonic()
    deadline = began + timeout_s
    if worker is None:
        worker = WorkerProcess(settings, python=python, environment=environment, entry=entry, within=within)
    with worker:
        if settings.most_s and sys.platform != "win32":
            looks = [(began + LOOK_AT * timeout_s, signal.SIGUSR1)] if look else []
            worker.signals = [*looks, (deadline, signal.SIGUSR2)]
            worker.grace_s = _SAYS_SO_S
        while (event := worker.next_event(deadline)) is not None:
            if event["event"] == "late":
                worker.signals, worker.grace_s = [], 0.0
                deadline = time.monotonic() + _WRITES_S
                continue
            on_event(event)
            if event["event"] in WAITING:
                worker.go_on()
        return worker.run()


class WorkerProcess:
    """A running worker: its events one by one, leave to go on, its run at the end. Leaving the context ends the process.

    ``signals`` are sent at their times, on the clock of ``time.monotonic``, earliest first, while its events are awaited,
    and none before it listens: until then a signal would end it;
    ``grace_s`` is waited beyond every deadline. ``settings.output`` is filled in here. Every method raises ``WorkerError``
    where the worker died, lied or failed, ``WorkerTimeout`` where it is late; the message names the client and the lens.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        entry: Sequence[str] = WORKER_ENTRY,
        within: Sequence[str] = (),
    ) -> None:
        self._what = f"{settings.client} under the {settings.lens} lens"
        self._started = time.monotonic()
        self.signals: list[tuple[float, int]] = []
        self.grace_s = 0.0
        self._listening = False
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._held: deque[Event | WorkerError] = deque()
        self._errors: deque[str] = deque(maxlen=20)
        self._folder = tempfile.TemporaryDirectory(prefix="clientprof-")
        try:
            self._output = Path(self._folder.name) / "run"
            self._process = start_process(python, entry, environment or {}, within)
        except BaseException:
            self._folder.cleanup()
            raise
        try:
            self._readers = [threading.Thread(target=each, daemon=True) for each in (self._read, self._read_errors)]
            for reader in self._readers:
                reader.start()
            self._write(json.dumps(to_json(settings) | {"output": str(self._output)}) + "\n")
        except BaseException:
            self.__exit__(WorkerError)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and issubclass(kind, WorkerError):
                self._process.terminate()  # it will not end by itself; one that has ended is not touched
            end_process(self._process)
        finally:
            self._folder.cleanup()

    def next_event(self, deadline: float) -> Event | None:
        """The worker's next event, None once its run file is whole. ``deadline`` is on the ``time.monotonic`` clock.

        Raises:
            WorkerError: it died, said something that is no event, reported a failure, or let the deadline pass.
        """
        while True:
            event = self._held.popleft() if self._held else self._next_event(deadline)
            if isinstance(event, WorkerError):
                raise event
            if event["event"] != "listening":
                return None if event["event"] == "written" else event
            self._listening = True

    def settle(self, deadline: float) -> None:
        """Let it come to the first event on which it waits. ``next_event`` then gives, or raises, what came until there.

        Who is late here may still be in time later: the time that a worker has begins when it is its turn.
        """
        try:
            while True:
                event = self._next_event(deadline)
                self._held.append(event)
                if event["event"] in WAITING:
                    return
        except WorkerTimeout:
            return
        except WorkerError as error:
            self._held.append(error)

    def take_over(self, cpu: int | None) -> None:
        """From now on it is measured, and on that core; None leaves it where it is."""
        self._started = time.monotonic()
        if cpu is not None:
            self.pin(cpu)

    def _next_event(self, deadline: float) -> Event:
        try:
            line = self._next_line(deadline + self.grace_s)
        except queue.Empty:
            raise WorkerTimeout(
                f"{self._what} did not end within {deadline - self._started:.0f} s and was stopped; "
                "try fewer requests with -n"
            ) from None
        if line is None:
            raise self._died()
        event = _parse(line, self._what)
        if event["event"] == "failed":
            raise WorkerError(f"{self._what} could not measure: {event['text']}")
        return event

    def _next_line(self, deadline: float) -> str | None:
        while self._listening and self.signals and self.signals[0][0] < deadline:
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=max(0.0, self.signals[0][0] - time.monotonic()))
            self._process.send_signal(self.signals.pop(0)[1])
        return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))

    def go_on(self) -> None:
        """Let the worker go on after an event on which it waits."""
        self._write("\n")

    def stop(self) -> None:
        """End it from another thread than the one that awaits its events, which is then told that it died."""
        self._process.terminate()

    def pin(self, cpu: int) -> None:
        """Put the worker and its threads on one core, where the platform can."""
        if not hasattr(os, "sched_setaffinity"):
            return
        tasks = Path(f"/proc/{self._process.pid}/task")
        for task in [int(path.name) for path in tasks.iterdir()] if tasks.is_dir() else [self._process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(task, {cpu})

    def run(self) -> Run:
        """The run that it wrote."""
        try:
            return read_run(self._output)
        except RecordingError as error:
            raise WorkerError(f"{self._what} left no readable run: {error}") from error

    def _write(self, text: str) -> None:
        """Send it, if the worker still listens: one that does not has ended, and its next event tells why."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _died(self) -> WorkerError:
        self._process.wait()
        self._readers[1].join(1)
        last = self._errors[-1] if self._errors else "it printed nothing"
        return WorkerError(f"{self._what} died with exit code {self._process.returncode}: {last}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        read_lines(self._process.stdout, self._lines.put)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        read_lines(self._process.stderr, lambda line: self._errors.append(line.rstrip()))


def read_lines(pipe: Iterable[str], add: Callable[[str], None]) -> None:
    """Give each line to ``add``, in a thread, until the pipe ends or is closed because its process is being ended."""
    with contextlib.suppress(ValueError, OSError):
        for line in pipe:
            add(line)


def start_process(
    python: str | None, entry: Sequence[str], environment: Mapping[str, str], within: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """Start it with these variables besides its own; ``python``, ``entry`` and ``within`` as in ``run_worker``."""
    command, variables = _command(python, entry)
    try:
        return subprocess.Popen(
            [*(python or sys.executable if word == OWN_PYTHON else word for word in within), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**variables, **environment},
        )
    except OSError as error:
        raise WorkerError(f"cannot start {Path(command[0]).name}: {error.strerror or error}") from error


def _command(python: str | None, entry: Sequence[str]) -> tuple[list[str], Mapping[str, str]]:
    """The worker's command and variables: in this environment, or in another one that sees nothing of this."""
    if python is not None and entry[0] == "-m":
        return command_in(python, *entry[1:]), variables_without_leaks()
    source = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    return [python or sys.executable, *entry], {**os.environ, "PYTHONPATH": paths}


def _parse(line: str, what: str) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        raise WorkerError(f"{what} said something that is no event: {line.strip()[:80]!r}")
    return event


def end_process(process: "subprocess.Popen[str]") -> None:
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
