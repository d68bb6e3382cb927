"""Garbage collections: when, how long, how many objects found."""

import gc
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.recording.recorder import Recorder


class GarbageProbe:
    """Writes ``gc.*`` columns from ``gc.callbacks``; ``cpu_ns`` is the thread CPU spent collecting so far."""

    def __init__(self, recorder: Recorder) -> None:
        self.cpu_ns = 0
        self._started = recorder.column("gc.started_ns").append
        self._ended = recorder.column("gc.ended_ns").append
        self._generation = recorder.column("gc.generation").append
        self._collected = recorder.column("gc.collected").append
        self._began_ns = 0
        self._began_cpu_ns = 0

    def install(self) -> None:
        gc.callbacks.append(self._on_collection)

    def uninstall(self) -> None:
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began_ns = perf_counter_ns()
            self._began_cpu_ns = thread_time_ns()
        elif self._began_ns:
            self.cpu_ns += thread_time_ns() - self._began_cpu_ns
            self._ended(perf_counter_ns())
            self._started(self._began_ns)
            self._generation(info["generation"])
            self._collected(info["collected"])
            self._began_ns = 0
