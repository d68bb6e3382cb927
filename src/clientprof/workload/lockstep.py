"""The parent's side of lock-step: a group of workers, started together, of which one at a time runs for a moment.

All workers of a group are alive and warm, with their connections open; whose turn it is not, is blocked in a read. So
every arm of a comparison meets the machine in the same state to within a fraction of a second, and what the arms did in
one turn of the group can be compared pair by pair.
"""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clientprof.model.run import Run
from clientprof.workload.process import WAITING, WORKER_ENTRY, Event, WorkerError, WorkerProcess
from clientprof.workload.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Arm:
    """One worker of a group; ``python``, ``environment``, ``entry`` and ``within`` are as in ``run_worker``."""

    settings: WorkerSettings
    python: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    entry: Sequence[str] = WORKER_ENTRY
    within: Sequence[str] = ()


def run_in_turns(
    arms: Sequence[Arm],
    order: Sequence[Sequence[int]],
    turn_cpu_s: float,
    on_event: Callable[[int, Event], None],
    *,
    timeout_s: float,
    most_turn_s: float | None = None,
    reopen: bool = False,
) -> tuple[Run, ...]:
    """Measure all arms in lock-step and return their runs, in the order of ``arms``.

    ``order`` has one permutation of the arms' numbers per turn; a turn of an arm lasts ``turn_cpu_s`` of its CPU, with
    ``reopen`` with a new client whose connections an unrecorded round has opened.
    ``on_event`` is called with an arm's number and event while that worker waits. All workers are ended in every case, an
    exception of ``on_event`` or Ctrl-C included; ``timeout_s`` bounds the whole, ``most_turn_s`` each turn, so that an arm
    that cannot finish one is known by name and does not take the time of all.

    Raises:
        WorkerTimeout: a bound was passed; the message names the arm whose turn it was.
        WorkerError: a worker died or failed.
        ValueError: a turn that is no permutation of the arms.
    """
    if any(sorted(turn) != list(range(len(arms))) for turn in order):
        raise ValueError("every turn needs each arm once")
    deadline = time.monotonic() + timeout_s
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(
                WorkerProcess(
                    replace(arm.settings, turns=len(order), turn_cpu_s=turn_cpu_s, reopen=reopen, cpu=None),
                    python=arm.python,
                    environment=arm.environment,
                    entry=arm.entry,
                    within=arm.within,
                )
            )
            for arm in arms
        ]
        group = _Group(arms, workers, on_event)
        group.start(deadline)
        for turn in order:
            for number in turn:
                until_s = deadline if most_turn_s is None else min(deadline, time.monotonic() + most_turn_s)
                group.take_turn(number, until_s)
        return group.end(deadline)


class _Group:
    """The workers of all arms, which run. Each method ends by that time, on the clock of ``time.monotonic``, or raises."""

    def __init__(
        self, arms: Sequence[Arm], workers: Sequence[WorkerProcess], on_event: Callable[[int, Event], None]
    ) -> None:
        self._arms, self._workers, self._on_event = arms, workers, on_event

    def start(self, until_s: float) -> None:
        """Until every worker waits for its first turn, on its core."""
        # Importing, connecting and writing need no turns and no core of their own: that halves the time of a short group.
        starting = list(range(len(self._workers)))
        while starting:
            starting = [number for number in starting if not self._waits(number, until_s)]
        for arm, worker in zip(self._arms, self._workers, strict=True):
            if arm.settings.cpu is not None:
                worker.pin(arm.settings.cpu)

    def take_turn(self, number: int, until_s: float) -> None:
        """One turn of the arm of that number."""
        self._workers[number].go_on()
        while not self._waits(number, until_s):
            pass

    def end(self, until_s: float) -> tuple[Run, ...]:
        """Let all workers write what they have measured."""
        for worker in self._workers:
            worker.go_on()
        for number, worker in enumerate(self._workers):
            while (event := worker.next_event(until_s)) is not None:
                self._on_event(number, event)
        return tuple(worker.run() for worker in self._workers)

    def _waits(self, number: int, until_s: float) -> bool:
        """Take that worker's next event; whether it waits for its turn, or for its end, by then."""
        event = self._workers[number].next_event(until_s)
        if event is None:
            raise WorkerError(f"{self._arms[number].settings.client} ended before its turns")
        self._on_event(number, event)
        if event["event"] in ("turn", "end"):
            return True
        if event["event"] in WAITING:
            self._workers[number].go_on()
        return False
