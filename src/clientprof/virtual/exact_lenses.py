"""The lenses of exact counts: the last warm round, everything that happens in it, nothing by chance.

The warm round before it lets the client settle. No garbage is collected during a round, because when the collector
runs is nobody's doing; what it finds afterwards is counted.
"""

import gc
from collections.abc import Callable
from typing import Any, Protocol

from clientprof.clients.adapter import Adapter, AsyncAdapter
from clientprof.model.run import CallCount, Counter, RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.probes.counts.counters import CountingProbe, LoopCalls
from clientprof.probes.counts.monitored_calls import MonitoredCalls, monitoring
from clientprof.probes.counts.monitored_instructions import MonitoredInstructions
from clientprof.probes.counts.profiled_calls import ProfiledCalls
from clientprof.recording.recorder import Recorder
from clientprof.virtual.sockets import MemorySocket
from clientprof.virtual.world import World
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.settings import WorkerSettings


class Counting(Protocol):
    """Counts what the client's code does."""

    def begin(self) -> None: ...

    def end(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def counted(self) -> tuple[tuple[CodeLocation, int], ...]: ...


class _Exact(Lens):
    """Counts by function in the last warm round, while the client runs and nothing else."""

    tagged = False
    world: World

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self.counting: Counting | None = None

    def loop_factory(self) -> Callable[[], Any]:
        return self.world.loop

    def begin(self, kind: RoundKind) -> None:
        gc.collect()
        gc.disable()
        if kind is RoundKind.MEASURED and self.counting is not None:
            selector = self.world.selector
            selector.outside, selector.inside = self.counting.pause, self.counting.resume
            self.counting.begin()

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED and self.counting is not None:
            self.counting.end()
        gc.enable()
        self.recorder.settle()

    def codes(self) -> tuple[CodeLocation, ...]:
        return () if self.counting is None else tuple(code for code, _ in self.counting.counted())

    def calls(self) -> tuple[CallCount, ...]:
        """One row for each of ``codes``."""
        rows = () if self.counting is None else self.counting.counted()
        return tuple(CallCount(code.file, code.line, code.function, number) for code, number in rows)


class ExactCalls(_Exact):
    """Calls by function, and the counters at the boundaries of the client, of asyncio and of the sockets."""

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._probe = CountingProbe(adapter.counters, self.failures, LoopCalls.ASYNCIO, MemorySocket)
        self._rows: tuple[Counter, ...] = ()
        self._selects = 0

    def install(self) -> None:
        self._probe.install()
        self.missing += self._probe.missing
        assert isinstance(self.adapter, AsyncAdapter)
        if monitoring is None:
            self.counting = ProfiledCalls(self.adapter.module_layers)
            return
        each_request = getattr(type(self.adapter).fetch, "__code__", None)
        calls = MonitoredCalls(self.adapter.module_layers, self.failures, each_request)
        calls.install()
        self.counting = calls

    def uninstall(self) -> None:
        self._probe.uninstall()
        if isinstance(self.counting, MonitoredCalls):
            self.counting.uninstall()

    def begin(self, kind: RoundKind) -> None:
        super().begin(kind)
        self._probe.reset()
        self._selects = self.world.selector.selects

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            requests = self.settings.scenario.requests_per_round
            selects = self.world.selector.selects - self._selects
            rows = self._probe.counters(requests)
            found = gc.collect()
            self._rows = (
                *rows,
                Counter("selects", selects, requests, "turns of the event loop"),
                Counter("garbage_objects", found, requests, "objects in reference cycles, which a collector must free"),
            )
        super().end(kind)

    def counters(self) -> tuple[Counter, ...]:
        return self._rows


class ExactInstructions(_Exact):
    """Bytecode instructions by function, of the client, its libraries and the standard library."""

    def install(self) -> None:
        assert isinstance(self.adapter, AsyncAdapter)
        each_request = getattr(type(self.adapter).fetch, "__code__", None)
        instructions = MonitoredInstructions(self.adapter.module_layers, self.failures, each_request)
        instructions.install()
        self.counting = instructions

    def uninstall(self) -> None:
        if isinstance(self.counting, MonitoredInstructions):
            self.counting.uninstall()


EXACT_LENSES: dict[str, type[_Exact]] = {"exact-calls": ExactCalls, "exact-instructions": ExactInstructions}


def lenses_in(world: World) -> dict[str, type[Lens]]:
    """The lenses, in that world."""
    return {name: type(kind.__name__, (kind,), {"world": world}) for name, kind in EXACT_LENSES.items()}
