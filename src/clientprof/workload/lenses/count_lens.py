"""The lens of counts, for clients of every kind."""

import asyncio
from collections.abc import Callable

from clientprof.clients.adapter import Adapter, SyncAdapter
from clientprof.model.run import CallCount, CallEdge, Counter, RoundKind
from clientprof.probes.counts.counters import CountingProbe, LoopCalls, countable_uvloop
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.call_counters import CallCounter, install_call_counter
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.scenario import Loop
from clientprof.workload.loops import (
    COUNTED,
    UVLOOP_COUNTS,
)
from clientprof.workload.settings import WorkerSettings


class CountLens(Lens):
    """Counters at the boundaries and call counts: on ``sys.monitoring`` both in the warm rounds, with the callers in a
    round of their own after them; yappi's calls and callers in that round where there is no ``sys.monitoring``.
    """

    tagged = False

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._probe = CountingProbe(adapter.counters, self.failures, _counted(adapter, self.loop))
        self._garbage = GarbageProbe(recorder, self.failures)
        self._requests = 0
        self._counters: tuple[Counter, ...] = ()
        self._calls: CallCounter | None = None

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        return countable_uvloop() if self.loop is Loop.UVLOOP else super().loop_factory()

    def install(self) -> None:
        self._probe.install()
        self._garbage.install()
        self.missing += self._probe.missing
        self._calls, reason = install_call_counter(self.adapter, self.failures)
        self.finale = self._calls is not None
        self.notes.extend(filter(None, [reason, UVLOOP_COUNTS if self.loop is Loop.UVLOOP else ""]))

    def uninstall(self) -> None:
        self._garbage.uninstall()
        self._probe.uninstall()
        if self._calls is not None:
            self._calls.uninstall()

    def begin(self, kind: RoundKind) -> None:
        if self._requests == 0:
            self._probe.reset()
        if kind is RoundKind.MEASURED and self._calls is not None:
            self._calls.begin()

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            if self._calls is not None:
                self._calls.end()
            self._requests += self.settings.scenario.requests_per_round
            self._counters = self._probe.counters(self._requests)
        self.recorder.settle()

    def begin_finale(self) -> None:
        # The counters' wrappers would be callers.
        self._probe.uninstall()
        assert self._calls is not None
        self._calls.begin_finale()

    def end_finale(self, requests: int) -> None:
        assert self._calls is not None
        self._calls.end_finale()
        self.notes.append(self._calls.note(requests))

    def counters(self) -> tuple[Counter, ...]:
        return self._counters

    def calls(self) -> tuple[CallCount, ...]:
        return () if self._calls is None else self._calls.result()[0]

    def call_edges(self) -> tuple[CallEdge, ...]:
        return () if self._calls is None else self._calls.result()[1]


def _counted(adapter: Adapter, loop: Loop) -> LoopCalls:
    return LoopCalls.THREADS if isinstance(adapter, SyncAdapter) else COUNTED[loop]
