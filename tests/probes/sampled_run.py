"""A function run under the sampler, and what the sampler recorded of it."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time_ns
from types import CodeType

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.failures import Failures
from clientprof.probes.sampling.sampler import Sampler
from clientprof.recording.recorder import Recorder

BUSY_NS = 60_000_000
INTERVAL_US = 1000.0

Stack = tuple[tuple[CodeType, int], ...]


@dataclass(frozen=True)
class Sampled:
    """The columns; stacks innermost first, one per sample; the thread's CPU between start and stop; CPU of the GC."""

    columns: dict[str, "array[int]"]
    stacks: list[Stack]
    cpu_ns: int
    garbage_ns: int


def busy(cpu_ns: int) -> None:
    """Spend CPU of this thread."""
    end_ns = thread_time_ns() + cpu_ns
    while thread_time_ns() < end_ns:
        pass


def sampled(
    function: Callable[[], object],
    *,
    recorder: Recorder | None = None,
    failures: Failures | None = None,
    stop_with: Callable[[Callable[[], None]], None] = lambda stop: stop(),
) -> Sampled:
    """Run the function under a sampler of its own."""
    recorder = recorder or Recorder()
    garbage = GarbageProbe(recorder, failures)
    sampler = Sampler(recorder, garbage, INTERVAL_US, 1, failures)
    garbage.install()
    try:
        started_ns = thread_time_ns()
        sampler.start()
        function()
        stop_with(sampler.stop)
        cpu_ns = thread_time_ns() - started_ns
    finally:
        sampler.stop()
        garbage.uninstall()
    columns = recorder.columns()
    frames = list(zip(columns["frame.code"], columns["frame.line"], strict=True))
    known: list[Stack] = [
        tuple((sampler.codes[code], line) for code, line in frames[first : first + count])
        for first, count in zip(columns["stack.first"], columns["stack.count"], strict=True)
    ]
    stacks = [known[number] for number in columns["sample.stack"] if number >= 0]
    return Sampled(columns, stacks, cpu_ns, garbage.cpu_ns)
