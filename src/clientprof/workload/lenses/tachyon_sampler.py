"""Tachyon at work: a process of its own that reads the stacks of another by ``profiling.sampling`` (Python 3.15 and newer).

    python tachyon_sampler.py PID INTERVAL_US

Run by its path and with the standard library alone. Lines on standard input: ``attach``, then ``begin`` and ``end`` around
each stretch to sample, end of input at last. Answers, one JSON object a line: ``{"ready": true}`` or ``{"failed": text}``
after ``attach``, ``{"failed_samples": n}`` after ``end``, and at last ``{"stacks": [[samples, [[file, function, line],
...]], ...]}``, innermost frame first.
"""

import contextlib
import json
import os
import queue
import sys
import threading
from typing import Any


def main() -> int:
    """Obey until the input ends; 1 where the process cannot be sampled."""
    pid, interval_us = int(sys.argv[1]), int(sys.argv[2])
    _leave_the_core()
    sys.stdin.readline()
    try:
        from profiling.sampling.collector import Collector  # type: ignore[import-not-found]
        from profiling.sampling.constants import PROFILING_MODE_CPU  # type: ignore[import-not-found]
        from profiling.sampling.sample import SampleProfiler  # type: ignore[import-not-found]

        # Of its main thread, and only while that is on a CPU.
        profiler = SampleProfiler(pid, interval_us, False, mode=PROFILING_MODE_CPU)
        profiler.dump_stack()
    except (Exception, SystemExit) as error:
        _tell({"failed": f"{type(error).__name__}: {error}"})
        return 1

    class Stacks(Collector):  # type: ignore[misc]
        """How often each stack was seen, whatever line it was at."""

        aggregating = True
        running = False

        def __init__(self) -> None:
            self.seen: dict[tuple[tuple[str, str, int], ...], int] = {}
            self.failed = 0

        def collect(self, stack_frames: Any, timestamps_us: list[int] | None = None) -> None:
            samples = 1 if timestamps_us is None else len(timestamps_us)
            for frames, _ in self._iter_stacks(stack_frames):
                stack = tuple((f.filename, f.funcname, f.location.lineno if f.location else 0) for f in frames)
                self.seen[stack] = self.seen.get(stack, 0) + samples

        def collect_failed_sample(self) -> None:
            self.failed += 1

        def export(self, filename: str) -> bool:
            return False

    stacks = Stacks()
    stretches: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            stacks.running = line.strip() == "begin"
            if stacks.running:
                stretches.put(True)
        stacks.running = False
        stretches.put(False)

    threading.Thread(target=listen, daemon=True).start()
    _tell({"ready": True})
    while stretches.get():
        # It prints what it did.
        with contextlib.redirect_stdout(sys.stderr):
            profiler.sample(stacks)
        _tell({"failed_samples": stacks.failed})
    _tell({"stacks": [[samples, stack] for stack, samples in stacks.seen.items()]})
    return 0


def _leave_the_core() -> None:
    """Run anywhere but on the one core of the process that started us, where there is another."""
    if hasattr(os, "sched_setaffinity"):
        taken = os.sched_getaffinity(0)
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - taken)


def _tell(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
