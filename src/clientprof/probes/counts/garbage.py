"""Garbage collections: when, how long, how many objects found."""

import gc
import threading
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.probes.failures import Failures, ignore
from clientprof.recording.recorder import Recorder

_NAME = "garbage collections"


class GarbageProbe:
    """Writes ``gc.*`` columns from ``gc.callbacks``; ``cpu_ns`` is the thread CPU spent collecting so far.

    With ``main_only`` it is that of the main thread, and ``others_cpu_ns`` that of all others.
    """

    def __init__(self, recorder: Recorder, failures: Failures | None = None, *, main_only: bool = False) -> None:
        self.cpu_ns = self.others_cpu_ns = 0
        self._only = threading.main_thread().ident if main_only else None
        self._others_began = (0, 0)
        self._recorder = recorder
        self._failures = failures or Failures()
        self._started = recorder.column("gc.started_ns").append
        self._ended = recorder.column("gc.ended_ns").append
        self._generation = recorder.column("gc.generation").append
        self._collected = recorder.column("gc.collected").append
        self._began_ns = 0
        self._began_cpu_ns = 0
        self._told_cpu_ns = 0

    def install(self) -> None:
        gc.callbacks.append(self._on_collection)

    def uninstall(self) -> None:
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)

    @property
    def under_way(self) -> bool:
        """Whether the thread collects just now: asked by a handler of signals, which the collector's callbacks let run."""
        return bool(self._began_ns)

    def spent_ns(self, cpu_ns: int) -> int:
        """Thread CPU spent collecting until the thread's clock showed ``cpu_ns``, a collection under way included.

        A signal that arrives during a collection is handled when the collector calls back, before its end is stamped.
        """
        if not self._began_ns:
            return self.cpu_ns
        self._told_cpu_ns = cpu_ns
        return self.cpu_ns + cpu_ns - self._began_cpu_ns

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        if self._only is not None and threading.get_ident() != self._only:
            self._on_others_collection(phase, info)
        elif phase == "start":
            # A sample may be taken after any call here: the stamp that says "under way" comes last.
            self._told_cpu_ns = 0
            self._began_cpu_ns = thread_time_ns()
            self._began_ns = perf_counter_ns()
        elif self._began_ns:
            began_ns, ended_cpu_ns = self._began_ns, thread_time_ns()
            # A signal that came just now was told of a collection under way: the sum must not fall behind. From here on
            # there is no call, so no signal is handled: the collection is either under way or in the sum.
            if self._told_cpu_ns > ended_cpu_ns:
                ended_cpu_ns = self._told_cpu_ns
            self.cpu_ns += ended_cpu_ns - self._began_cpu_ns
            self._began_ns = 0
            self._record(began_ns, info)

    def _on_others_collection(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._others_began = (perf_counter_ns(), thread_time_ns())
        elif self._others_began[0]:
            began_ns, began_cpu_ns = self._others_began
            self.others_cpu_ns += thread_time_ns() - began_cpu_ns
            self._others_began = (0, 0)
            self._record(began_ns, info)

    def _record(self, began_ns: int, info: dict[str, Any]) -> None:
        try:
            self._ended(perf_counter_ns())
            self._started(began_ns)
            self._generation(info["generation"])
            self._collected(info["collected"])
        except Exception as error:
            self._remove(error)

    def _remove(self, error: Exception) -> None:
        # Not from gc.callbacks: the collector is walking that list and would skip somebody else's callback.
        # ``cpu_ns`` goes on: the sampler's weights rest on it.
        self._started = self._ended = self._generation = self._collected = ignore
        self._failures.remove(_NAME, error)
        self._recorder.level("gc")


# Every function of the collector's callback: whose frames are above whoever allocated.
CALLBACK_CODES = frozenset(
    function.__code__
    for function in (GarbageProbe._on_collection, GarbageProbe._on_others_collection, GarbageProbe._record)
)
