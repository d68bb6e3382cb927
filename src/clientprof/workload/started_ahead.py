"""Workers that start together while nothing is measured, and then wait for their turn.

Half of a short worker's time is its start: interpreter, imports, a warm-up with a client of its own. It needs no core of its
own and is no part of what is measured, so those of a few workers run beside each other on all cores. A worker that waits is
blocked in a read and has no connection open: it takes nothing from the one that is measured.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from clientprof.workload.process import WorkerError, WorkerProcess
from clientprof.workload.settings import WorkerSettings


class StartedAhead:
    """The workers that wait. Leaving the context ends those whose turn never came."""

    def __init__(self) -> None:
        self._waiting: list[tuple[WorkerSettings, WorkerProcess]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self, settings: WorkerSettings, python: str | None, within: Sequence[str]) -> None:
        """Start one, on any core; where that fails, it fails again when its turn comes."""
        try:
            worker = WorkerProcess(replace(settings, cpu=None), python=python, within=within)
        except WorkerError:
            return
        self._waiting.append((settings, worker))

    def settle(self, most_s: float) -> None:
        """Wait until none of them does anything any more, that long at most."""
        deadline = time.monotonic() + most_s
        for _, worker in self._waiting:
            worker.settle(deadline)

    def take(self, settings: WorkerSettings) -> WorkerProcess | None:
        """The worker that was started with exactly these settings, on its core, None if there is none."""
        for each in tuple(self._waiting):  # another thread may take its own meanwhile
            started, worker = each
            if started == settings:
                self._waiting.remove(each)
                worker.take_over(settings.cpu)
                return worker
        return None

    def end(self) -> None:
        """End those that still wait."""
        while self._waiting:
            _, worker = self._waiting.pop()
            worker.__exit__(None, None, None)
