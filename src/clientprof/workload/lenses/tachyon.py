"""Tachyon, the sampler of Python 3.15's own standard library, as a lens: from outside, and as a cross-check only."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from clientprof.clients.adapter import Adapter
from clientprof.model.run import RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.probes.live_codes import live_codes
from clientprof.probes.locations import locate, module_of, shorten
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.foreign_stacks import ForeignStacks
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.settings import WorkerSettings

TOO_OLD = "Tachyon (profiling.sampling) is in the standard library from Python 3.15 on"
Seen = tuple[int, list[tuple[str, str, int]]]
_SAMPLER = Path(__file__).with_name("tachyon_sampler.py")
_PR_SET_PTRACER = 0x59616D61
_ANSWER_S = 20.0
_COLLECTING = "<GC>"


class Unavailable(Exception):
    """The process cannot be sampled. The message says why."""


class Sampler:
    """``profiling.sampling`` in a process of its own, which samples this one's main thread while that is on a CPU."""

    def __init__(self, interval_us: float) -> None:
        self._interval_us = round(interval_us)
        self._process: subprocess.Popen[str] | None = None
        self.failed = 0

    def attach(self) -> None:
        """Start the process and let it look.

        Raises:
            Unavailable: this Python has no such sampler, or the system does not let it.
        """
        if importlib.util.find_spec("profiling") is None:
            raise Unavailable(TOO_OLD)
        self._process = process = subprocess.Popen(
            [sys.executable, "-I", str(_SAMPLER), str(os.getpid()), str(self._interval_us)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        _allow(process.pid)
        self._say("attach")
        answer = self._answer()
        if "ready" not in answer:
            self._end_process()
            raise Unavailable(answer.get("failed", "its process ended"))

    def begin(self) -> None:
        self._say("begin")

    def end(self) -> None:
        """Stop; ``failed`` is how many samples could not be read so far."""
        self._say("end")
        self.failed = int(self._answer().get("failed_samples", self.failed))

    def close(self) -> list[Seen]:
        """End the process; returns the stacks that it saw."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        answer = self._answer()
        while answer and "stacks" not in answer:
            answer = self._answer()
        self._end_process()
        return [(samples, frames) for samples, frames in answer.get("stacks", ())]

    def _say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        """The next answer; empty where the process is gone."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def _end_process(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            process.wait(_ANSWER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class TachyonLens(Lens):
    """Tachyon, its stacks kept in our columns; each sample weighs the interval asked for."""

    tagged = False

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._sampler: Sampler | None = None
        self._sampling = False
        self._seen: list[Seen] = []

    def install(self) -> None:
        sampler = Sampler(self.interval_us)
        try:
            sampler.attach()
        except Unavailable as reason:
            self.notes.append(f"Tachyon did not sample: {reason}")
        else:
            self._sampler = sampler

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED and self._sampler is not None:
            self._sampling = True
            self._sampler.begin()

    def end(self, kind: RoundKind) -> None:
        if self._sampling and self._sampler is not None:
            self._sampling = False
            self._sampler.end()

    def uninstall(self) -> None:
        sampler, self._sampler = self._sampler, None
        if sampler is not None:
            self._seen = sampler.close()
            taken = sum(samples for samples, _ in self._seen)
            self.notes.append(
                f"Tachyon took {taken:,} samples while the thread was on a CPU, and failed in {sampler.failed:,}"
            )

    def codes(self) -> tuple[CodeLocation, ...]:
        weight_ns = round(self.interval_us * 1000)
        stacks = ForeignStacks(self.recorder)
        places = _Places()
        for samples, frames in self._seen:
            collecting = any(function == _COLLECTING for _, function, _ in frames)
            locations = [places.of(*frame) for frame in frames if frame[1] != _COLLECTING]
            for _ in range(samples):
                stacks.add(locations, weight_ns, weight_ns if collecting else 0)
        self.recorder.settle()
        return stacks.codes


def _allow(pid: int) -> None:
    """Let that child read this process, where the Yama module lets only ancestors do so."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, pid, 0, 0, 0)


class _Places:
    """Finds functions by file, name and a line inside them, which is what an outsider reads, for their first lines."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], list[CodeType]] = {}
        self._found: dict[tuple[str, str, int], CodeLocation] = {}
        for code in live_codes():
            self._codes.setdefault((code.co_filename, code.co_qualname), []).append(code)

    def of(self, path: str, function: str, line: int) -> CodeLocation:
        """The function's location; with 0 for its first line where it is not found."""
        key = (path, function, line)
        if key not in self._found:
            named = self._codes.get((path, function), ())
            # Read while the frame changes, a line can be one of another function.
            begun = [code for code in named if code.co_firstlineno <= line] or named
            if begun:
                self._found[key] = locate(max(begun, key=lambda code: code.co_firstlineno))
            else:
                file, origin = shorten(path)
                self._found[key] = CodeLocation(module_of(path, file), function, file, 0, origin)
        return self._found[key]
