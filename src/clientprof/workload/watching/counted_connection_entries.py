"""Calls of connections, wrapped to be counted: a request is counted with its first call, and what the later ones cost is
added to it."""

from collections.abc import Callable
from types import FrameType
from typing import Any

from clientprof.probes.observation_points import FoundSeam
from clientprof.probes.watching.counted_exchanges import Counted
from clientprof.workload.programs.parted_calls import PutDown, part
from clientprof.workload.watching.counted_entries import CountedEntries


class CountedConnectionEntries(CountedEntries):
    """Wraps the calls of a client whose requests are several calls of a connection."""

    def work(self) -> list[tuple[str, Callable[[FoundSeam], Callable[..., Any]]]]:
        self._put_down: PutDown[Counted] = PutDown(self._counted.lost)
        observed = self._observed
        return [
            *((target, lambda seam: part(seam.function, self, last=False)) for target in observed.sends),
            *((target, lambda seam: part(seam.function, self, last=True)) for target in observed.entries),
            *((target, lambda seam: self._put_down.breaking(seam.function)) for target in observed.breaks),
        ]

    def asks_inside(self) -> Callable[[], bool]:
        running = self._counted.running
        return lambda: running() is not None

    def take_up(self, connection: Any) -> Counted | None:
        counted = self._put_down.take(connection)
        if counted is not None:
            self._counted.taken_up(counted, self._observed.blocking)
        return counted

    def begin(self, connection: Any, frame: FrameType | None) -> Counted | None:
        return self._counted.enter(self._client(), self._observed.blocking, frame)

    def put_down(self, connection: Any, call: Counted) -> None:
        self._counted.put_down(call)
        self._put_down.put(connection, call)

    def failed(self, call: Counted, error: BaseException) -> None:
        self._counted.leave(call, error)

    def answered(self, call: Counted, response: Any) -> None:
        self._counted.leave(call, None)
