"""The sampler on uvloop and trio: weights that add up to the thread's CPU, and bursts of work with their true shares."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from time import thread_time_ns
from types import FrameType
from typing import Any

import pytest
import trio

from bursts_of_work import EARLY_NS, LATE_NS, early, late, weight_in
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.failures import Failures
from clientprof.probes.on_trio.trio_steps import TrioWaits
from clientprof.probes.on_uvloop.uvloop_waits import IN_UVLOOP, UvloopWaits
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.sampling.signal_wakeups import SignalWakeups
from clientprof.probes.sampling.voluntary_switches import voluntary_switches
from clientprof.proof.sampled_work import recorded
from clientprof.recording.recorder import Recorder
from time_by_function import cpu_us, off_us

BURSTS = 1200
LOOPS = ["uvloop", "trio"]
Sleep = Callable[[float], Awaitable[None]]


class CountedSampler(Sampler):
    """A sampler that adds up what its handler took between its own two clock reads: the one CPU that no weight holds."""

    handler_ns = 0
    _began_ns: int | None = None

    def _decide(self, cpu_ns: int, frame: FrameType | None = None) -> bool:
        if self._sampling:
            self._began_ns = cpu_ns
        return super()._decide(cpu_ns, frame)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        nested = self._sampling
        super()._on_signal(number, frame)
        if self._began_ns is not None and not nested:
            self.handler_ns += self._last_cpu_ns - self._began_ns
            self._began_ns = None


def nap(nap_s: float) -> None:
    time.sleep(nap_s)


class Bursts:
    """Short bursts of work between waits of ``pause_s``, on a loop, under the sampler as its lens sets it up."""

    def __init__(
        self, loop: str, pause_s: float, garbage: int = 0, bursts: int = BURSTS, times: int = 1, nap_s: float = 0.0
    ) -> None:
        recorder = Recorder()
        collections = GarbageProbe(recorder)
        waits = UvloopWaits()
        self.sampler = CountedSampler(
            recorder, collections, 1000.0, 1, Failures(), blocks=voluntary_switches(), native=waits.native
        )
        self._pause_s, self._garbage, self._bursts, self._times = pause_s, garbage, bursts, times
        self._nap_s, self.asked_us = nap_s, nap_s * bursts * 1e6
        collections.install()
        try:
            if loop == "uvloop":
                self.sampler.expect_unreported_waits(IN_UVLOOP, waits.asleep)
                with asyncio.Runner(loop_factory=waits.factory(self.sampler)) as runner:
                    runner.run(self._run(asyncio.sleep))
            else:
                trio.run(self._run, trio.sleep, instruments=[TrioWaits(self.sampler)])
        finally:
            self.sampler.stop()
            collections.uninstall()
        self.seen = recorded(self.sampler, recorder, self.cpu_ns)
        self.columns = self.seen.run.columns

    async def _run(self, sleep: Sleep) -> None:
        wakeups = SignalWakeups()
        if sleep is trio.sleep:
            wakeups.silence()
        began_ns = thread_time_ns()
        self.sampler.start()
        for _ in range(self._bursts):
            await sleep(self._pause_s)
            for _ in range(self._times):
                early()
                if self._nap_s:
                    nap(self._nap_s)
                late()
            for _ in range(self._garbage):
                knot: list[Any] = []
                knot.append(knot)
        self.sampler.stop()
        self.cpu_ns = thread_time_ns() - began_ns
        wakeups.restore()

    def weight_in(self, function: str) -> int:
        return weight_in(self.columns, self.sampler.codes, function)


@pytest.mark.parametrize("pause_s", [0.0, 0.002])
@pytest.mark.parametrize("loop", LOOPS)
def test_weights_and_collections_add_up_to_the_threads_cpu(loop: str, pause_s: float) -> None:
    bursts = Bursts(loop, pause_s, garbage=1000, bursts=60, times=10)
    assert sum(bursts.columns["gc.collected"]) > 0
    shown_ns = sum(bursts.columns["sample.weight_ns"]) + sum(bursts.columns["sample.gc_ns"])
    assert shown_ns == pytest.approx(bursts.cpu_ns - bursts.sampler.handler_ns, rel=0.02)
    assert bursts.sampler.handler_ns > 0


@pytest.mark.parametrize("pause_s", [0.0, 0.001])
@pytest.mark.parametrize("loop", LOOPS)
def test_work_early_and_late_in_a_burst_gets_its_share(loop: str, pause_s: float) -> None:
    bursts = Bursts(loop, pause_s)
    early_ns, late_ns = bursts.weight_in("early"), bursts.weight_in("late")
    assert 0.55 < early_ns / (early_ns + late_ns) < 0.78
    # Short of half of it, the samples would have been taken in the waits.
    assert early_ns + late_ns > 0.5 * BURSTS * (EARLY_NS + LATE_NS)


def test_a_wait_on_uvloop_is_no_work_of_whoever_ran_the_loop() -> None:
    bursts = Bursts("uvloop", 0.002, bursts=200)
    stacks = zip(bursts.columns["stack.first"], bursts.columns["stack.count"], strict=True)
    innermost = {bursts.sampler.codes[bursts.columns["frame.code"][first]] for first, count in stacks if count}
    assert not innermost & IN_UVLOOP


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a thread's voluntary switches")
@pytest.mark.parametrize("loop", LOOPS)
def test_naps_between_waits_get_their_time_and_no_cpu(loop: str) -> None:
    """How much of it is seen depends on the machine: signals that come late are fewer."""
    bursts = Bursts(loop, 0.001, bursts=400, nap_s=0.001)
    assert off_us(bursts.seen, "nap") > 0.4 * bursts.asked_us
    assert off_us(bursts.seen, "burn") < 0.05 * off_us(bursts.seen, "nap")
    assert cpu_us(bursts.seen, "nap") < 0.15 * cpu_us(bursts.seen, "burn")
