"""The worker's side of lock-step: warm rounds in short bursts, each after leave from the parent.

Several workers that take turns of a tenth of a second each see the same machine, though its speed drifts by a tenth within
seconds; workers that run one after the other do not. While it waits, a worker is blocked in a read: it takes no CPU, and
its connections stay open.
"""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from clientprof.recording.recorder import Recorder
from clientprof.workload.settings import WorkerSettings

Operation = TypeVar("Operation")


def take_turns(
    settings: WorkerSettings,
    measured: Operation,
    renewal: Sequence[Operation],
    wait: Callable[[], None],
    recorder: Recorder,
) -> Generator[Operation, int, int]:
    """The turns as operations for a driver; returns how many rounds were run.

    A turn is ``wait()``, then rounds (the operation ``measured``, answered with the round's CPU nanoseconds) until
    ``turn_cpu_s`` are spent on them, at least one. Column ``turn.rounds`` says how many rounds each turn had.

    With ``reopen`` the operations of ``renewal`` come first: a new client, its connections opened by an unrecorded round.
    What a request costs can depend on how many connections the pool holds, and that on how long the client waited for its
    turn. httpx 0.28.1 at n=512 took 2,500 us with 20 connections, 2,150 with 16, and 1,750 once idle ones had expired (after
    5 s) and 9 were left: turns of one process differed by a third.
    """
    done = 0
    for _ in range(settings.turns):
        wait()
        if settings.reopen:
            # Drivers send results, which a tuple's iterator does not take.
            for operation in renewal:  # noqa: UP028
                yield operation
        rounds, cpu_ns = 0, 0
        while not rounds or cpu_ns < settings.turn_cpu_s * 1e9:
            cpu_ns += yield measured
            rounds += 1
        recorder.column("turn.rounds").append(rounds)
        done += rounds
    return done
