"""Code that blocks without computing: its time must be named, and the CPU of the code before it must not be charged to it.

Work with a known CPU and naps take turns in one thread, as a client with a blocking call does on its loop. What a nap costs
in CPU is read from the thread's clock in turns that nobody samples, because a signal that falls into a nap is handled there;
how long the naps took, from the wall clock around those that were sampled, less the time in which the thread could have run
and the machine was busy (``schedstat``, Linux). The CPU that falling asleep and waking up take
(some tens of microseconds a nap) is not seen in the nap's place but spread over all code: what is checked is that a nap gets
no CPU of others.
"""

import math
import time
from dataclasses import dataclass
from io import FileIO
from time import perf_counter_ns, thread_time_ns

import numpy as np

from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.model.lenses import LENS_RUNS
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.probes.sampling.voluntary_switches import voluntary_switches
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, inconclusive, within
from clientprof.proof.sampled_work import sample

# Work and nap of a turn: shorter than, and about as long as, the time between samples.
_WORK_NS = 500_000
_NAPS_S = (0.0003, 0.001)
_SECONDS = 2.0
_PLAIN_SECONDS = 0.5
CPU_TOLERANCE = 5.0
OFF_TOLERANCE = 15.0


@dataclass(slots=True)
class _Turns:
    """What really was: how many turns, their CPU in the naps and in all, and the time from a nap's beginning to its end
    that the thread did not stand in line for a core."""

    nap_s: float
    seconds: float
    nap_cpu_ns: int = 0
    cpu_ns: int = 0
    wall_ns: int = 0
    turns: int = 0

    def run(self) -> None:
        began_ns, until_s = thread_time_ns(), time.monotonic() + self.seconds
        with open("/proc/thread-self/schedstat", "rb", buffering=0) as schedstat:
            while time.monotonic() < until_s:
                _work()
                lined_ns, cpu_ns, wall_ns = _in_line_ns(schedstat), thread_time_ns(), perf_counter_ns()
                _nap(self.nap_s)
                self.nap_cpu_ns += thread_time_ns() - cpu_ns
                self.wall_ns += perf_counter_ns() - wall_ns - (_in_line_ns(schedstat) - lined_ns)
                self.turns += 1
        self.cpu_ns = thread_time_ns() - began_ns


def _in_line_ns(schedstat: FileIO) -> int:
    """How long the thread has been ready and not running, in all (Linux, Documentation/scheduler/sched-stats)."""
    schedstat.seek(0)
    return int(schedstat.read(100).split()[1])


def _work() -> None:
    until_ns = thread_time_ns() + _WORK_NS
    while thread_time_ns() < until_ns:
        pass


def _nap(seconds: float) -> None:
    time.sleep(seconds)


def blocking(budget: Budget) -> tuple[CheckResult, ...]:
    """Naps of 0.3 and 1 ms between half a millisecond of work: their share of the CPU, and their time off it."""
    if voluntary_switches() is None:
        name = "code that blocks: CPU of other code charged to it"
        return (inconclusive(name, CPU_TOLERANCE, "points", "this platform does not tell when a thread blocks"),)
    signal_ns = signal_cost_ns()
    results: list[CheckResult] = []
    for nap_s in _NAPS_S:
        about = f"naps of {1000 * nap_s:g} ms in code that computes"
        plain, turns = _Turns(nap_s, _PLAIN_SECONDS), _Turns(nap_s, _SECONDS * budget.scale)
        try:
            plain.run()
        except OSError as error:
            results.append(inconclusive(about, CPU_TOLERANCE, "points", f"no truth to hold it against: {error}"))
            continue
        work = sample(
            turns.run,
            LENS_RUNS["sample"].interval_us,
            seed=budget.seed,
            signal_ns=signal_ns,
            blocks=voluntary_switches(),
        )
        time_of = sampled_time(work.run)
        if time_of is None or time_of.off_by_stack is None:
            results.append(inconclusive(about, CPU_TOLERANCE, "points", "no samples"))
            continue
        off_us = float(time_of.off_by_stack[_of(time_of, "_nap")].sum())
        cpu_share = 100 * float(time_of.by_stack[_of(time_of, "_nap")].sum()) / time_of.total_us
        true_share = 100 * plain.nap_cpu_ns / max(1, plain.cpu_ns)
        true_off_ns = turns.wall_ns - turns.turns * plain.nap_cpu_ns / max(1, plain.turns)
        of_others = max(0.0, cpu_share - true_share)
        results.append(within(f"{about}: CPU of other code charged to them", 0.0, of_others, CPU_TOLERANCE, "points"))
        # Samples that fall into naps are a binomial share of all: its error by chance, twice.
        naps = max(1.0, off_us / LENS_RUNS["sample"].interval_us)
        reported = 100 * off_us * 1e3 / max(1.0, true_off_ns)
        half = 200 / math.sqrt(naps)
        results.append(within(f"{about}: time off the CPU", 100.0, reported, OFF_TOLERANCE, "%", half))
    return tuple(results)


def _of(time_of: SampledTime, function: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which stacks have the function on them."""
    names = [{time_of.table.codes[frame].function for frame in stack.frames} for stack in time_of.table.stacks]
    return np.array([function in inside for inside in names], dtype=np.bool_)
