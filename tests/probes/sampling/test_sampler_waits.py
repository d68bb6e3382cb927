"""Waiting for sockets: no samples meanwhile, CPU of the selector apart, and bursts of work get their true shares."""

import asyncio
from time import thread_time_ns

import pytest

from bursts_of_work import EARLY_NS, LATE_NS, early, late, weight_in
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.failures import Failures
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.waits import ReportingSelector
from clientprof.recording.recorder import Recorder

# One in three has a sample. With 300 bursts the share scatters by 0.05, and by chance it was below 0.55 once in fifty runs.
BURSTS = 1000


class Waited:
    """Short bursts of work between waits, under a sampler whose interval is longer than a burst."""

    def __init__(self) -> None:
        recorder = Recorder()
        self.sampler = Sampler(recorder, GarbageProbe(recorder), 1000.0, 1, Failures())

        async def bursts() -> None:
            self.sampler.start()
            began_ns = thread_time_ns()
            for _ in range(BURSTS):
                await asyncio.sleep(0.001)
                early()
                late()
            self.cpu_ns = thread_time_ns() - began_ns
            self.sampler.stop()

        def loop() -> asyncio.AbstractEventLoop:
            return asyncio.SelectorEventLoop(ReportingSelector(self.sampler))

        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(bursts())
        self.columns = recorder.columns()

    def weight_in(self, function: str) -> int:
        return weight_in(self.columns, self.sampler.codes, function)


@pytest.fixture(scope="module")
def waited() -> Waited:
    return Waited()


def test_work_early_and_late_in_short_bursts_gets_its_share_and_the_waiting_nothing(waited: Waited) -> None:
    early_ns, late_ns = waited.weight_in("early"), waited.weight_in("late")
    # Weighed by the CPU since the wait, early work would get 4/9 instead of 2/3; charged to the select, next to nothing.
    assert 0.55 < early_ns / (early_ns + late_ns) < 0.78
    assert early_ns + late_ns > 0.6 * BURSTS * (EARLY_NS + LATE_NS)


def test_the_weights_of_a_round_with_waits_add_up_to_its_cpu(waited: Waited) -> None:
    total_ns = sum(waited.columns["sample.weight_ns"]) + sum(waited.columns["sample.gc_ns"])
    assert 0.6 * waited.cpu_ns < total_ns <= waited.cpu_ns


def test_the_selectors_own_cpu_is_its_callers(waited: Waited) -> None:
    assert waited.weight_in("_run_once") > 0
    lone = [
        count
        for first, count in zip(waited.columns["stack.first"], waited.columns["stack.count"], strict=True)
        if count == 1 and waited.sampler.codes[waited.columns["frame.code"][first]].co_name == "_run_once"
    ]
    assert lone == [1]
