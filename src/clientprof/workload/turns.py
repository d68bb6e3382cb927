"""The worker's side of lock-step: measured rounds in short bursts, each after leave from the parent.

Several workers that take turns of a tenth of a second each see the same machine, though its speed drifts by a tenth within
seconds; workers that run one after the other do not. While it waits, a worker is blocked in a read: it takes no CPU, and
its connections stay open.
"""

from collections.abc import Callable, Generator
from typing import TypeVar

from clientprof.recording.recorder import Recorder
from clientprof.workload.settings import WorkerSettings

Operation = TypeVar("Operation")


def take_turns(
    settings: WorkerSettings, measured: Operation, opening: Operation, wait: Callable[[], None], recorder: Recorder
) -> Generator[Operation, int, int]:
    """The turns as operations for a driver; returns how many rounds were run.

    A turn is ``wait()``, then rounds (the operation ``measured``, answered with the round's CPU nanoseconds) until
    ``turn_cpu_s`` are spent on them, at least one. Column ``turn.rounds`` says how many rounds each turn had. With
    ``reopen`` the unrecorded round ``opening`` comes first: httpx drops connections that were idle for 5 s, as one that waits
    for many others' long turns would have them, and a round that opens them all anew is another thing.
    """
    done = 0
    for _ in range(settings.turns):
        wait()
        if settings.reopen:
            yield opening
        rounds, cpu_ns = 0, 0
        while not rounds or cpu_ns < settings.turn_cpu_s * 1e9:
            cpu_ns += yield measured
            rounds += 1
        recorder.column("turn.rounds").append(rounds)
        done += rounds
    return done
