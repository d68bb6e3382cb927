"""Any function under the sampler in this process, read by the ordinary analysis."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time_ns

import numpy as np

from clientprof.model.run import RoundKind, Run, RunFacts
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.locations import locate
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches
from clientprof.recording.recorder import Recorder


@dataclass(frozen=True, slots=True)
class SampledWork:
    """The run as a recording has it (one round, one request), and the thread's CPU with the sampler's own in it."""

    run: Run
    cpu_ns: int

    def edges(self) -> dict[tuple[str, str], int]:
        """How many samples have each (caller, callee) of function names in their stack."""
        names = [code.function for code in self.run.facts.codes]
        counts = np.bincount([stack for stack in self.run.column("sample.stack") if stack >= 0]).tolist()
        found: dict[tuple[str, str], int] = {}
        for number, count in enumerate(counts):
            frames = self.stack(number)
            for callee, caller in itertools.pairwise(frames):
                edge = names[caller], names[callee]
                found[edge] = found.get(edge, 0) + count
        return found

    def stack(self, number: int) -> tuple[int, ...]:
        """Code numbers of a stack, innermost first."""
        first, count = self.run.column("stack.first")[number], self.run.column("stack.count")[number]
        return tuple(self.run.column("frame.code")[first : first + count])

    def share_in(self, functions: tuple[str, ...]) -> float:
        """The share of the weight with one of the functions anywhere in the stack."""
        inside = {i for i, code in enumerate(self.run.facts.codes) if code.function.split(".")[-1] in functions}
        stacks = [bool(inside & set(self.stack(n))) for n in range(len(self.run.column("stack.first")))]
        hit = total = 0
        columns = (self.run.column(f"sample.{name}") for name in ("stack", "weight_ns"))
        for stack, weight_ns in zip(*columns, strict=True):
            if stack < 0:
                continue
            weight_ns = max(0, weight_ns - self.run.facts.signal_ns)
            total += weight_ns
            hit += weight_ns * stacks[stack]
        return hit / total if total else 0.0


def sample(
    work: Callable[[], object],
    interval_us: float,
    *,
    seed: int = 1,
    signal_ns: int = 0,
    blocks: VoluntarySwitches | None = None,
) -> SampledWork:
    """Run the function under a sampler of its own; ``signal_ns`` is what a sample costs outside its handler."""
    recorder = Recorder()
    garbage = GarbageProbe(recorder)
    sampler = Sampler(recorder, garbage, interval_us, seed, blocks=blocks)
    garbage.install()
    try:
        began_ns = thread_time_ns()
        sampler.start()
        work()
        sampler.stop()
        cpu_ns = thread_time_ns() - began_ns
    finally:
        sampler.stop()
        garbage.uninstall()
    return recorded(sampler, recorder, cpu_ns, signal_ns)


def recorded(sampler: Sampler, recorder: Recorder, cpu_ns: int, signal_ns: int = 0) -> SampledWork:
    """What a sampler that has stopped has recorded."""
    recorder.column("round.kind").append(int(RoundKind.MEASURED))
    recorder.column("round.count").append(1)
    facts = RunFacts(
        client="", lens="sample", arm="", block=0, requests_per_round=1, complete=True,
        codes=tuple(map(locate, sampler.codes)), interval_us=sampler.interval_us, signal_ns=signal_ns,
    )  # fmt: skip
    return SampledWork(Run(facts, recorder.columns()), cpu_ns)
