"""What a sample costs outside its handler: the timer's interrupt and the signal's way through the kernel and interpreter.

The handler leaves its own CPU out of the weights, but it cannot see what happens before it is entered and after it is left.
So the same fixed work is done with and without the sampler, in turn; what the weights say beyond the unsampled work, per
sample, is that cost. It is measured on the machine at hand because it varies tenfold, from bare metal to a nested virtual
machine.
"""

import functools
import random
import statistics
from time import thread_time_ns

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.sampling.sampler import Sampler
from clientprof.recording.recorder import Recorder

_PAIRS = 12
# Long enough that starting and stopping the sampler is little beside it.
_WORK_PASSES = 60
# Objects visited out of order: what an interrupt costs depends on what it evicts from the caches. On one virtual machine a
# loop that needs no cache paid 22 us a sample and 4000 objects 47 us; planted slow-downs in httpx and aiohttp were reported
# 3.5 % high with the first and 2 % low with the second, at 500 us between samples. These lie in between.
_OBJECTS = 1500
# Far denser than in a measurement: more samples for the same hundred milliseconds.
_INTERVAL_US = 300.0


def signal_cost_ns() -> int:
    """CPU per sample outside the handler, nanoseconds; the median over pairs, never negative."""
    costs: list[float] = []
    for number in range(_PAIRS):
        recorder = Recorder()
        sampler = Sampler(recorder, GarbageProbe(recorder), _INTERVAL_US, seed=number)
        if number % 2:
            plain_ns = _work_ns()
        sampler.start()
        _work()
        sampler.stop()
        if not number % 2:
            plain_ns = _work_ns()
        weights = recorder.columns()["sample.weight_ns"]
        samples = len(weights) - 1  # the last row is the rest after the last sample
        if samples > 0:
            costs.append((sum(weights) - plain_ns) / samples)
    return max(0, round(statistics.median(costs))) if costs else 0


def _work_ns() -> int:
    started_ns = thread_time_ns()
    _work()
    return thread_time_ns() - started_ns


def _work() -> int:
    total = 0
    for _ in range(_WORK_PASSES):
        for entry in _scattered():
            total += entry["number"]
    return total


@functools.cache
def _scattered() -> tuple[dict[str, int], ...]:
    entries = [{"number": number, "square": number * number} for number in range(_OBJECTS)]
    random.Random(_OBJECTS).shuffle(entries)
    return tuple(entries)
