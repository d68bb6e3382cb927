"""Signals that come while garbage is collected: they make no sample, and nothing of what they cost or hide is lost."""

import signal
import sys
from collections.abc import Iterator

import pytest

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.sampling import sampler as sampling
from clientprof.recording.recorder import Recorder

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")

MS = 1_000_000
SIGNAL_NS = 50_000


class Collecting(GarbageProbe):
    """Collections that the test says."""

    collecting = False

    @property
    def under_way(self) -> bool:
        return self.collecting

    def spent_ns(self, cpu_ns: int) -> int:
        return self.cpu_ns


class Thread:
    """A thread under the sampler whose clock, collections and signals the test sets; the timer itself never fires."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 0
        self.left_s = 0.0
        monkeypatch.setattr(sampling, "perf_counter_ns", lambda: self.now_ns)
        monkeypatch.setattr(sampling, "thread_time_ns", lambda: self.now_ns)
        monkeypatch.setattr(signal, "setitimer", lambda *_: None)
        monkeypatch.setattr(signal, "getitimer", lambda _which: (self.left_s, 0.0))
        self.recorder = Recorder()
        self.garbage = Collecting(self.recorder)
        self.sampler = sampling.Sampler(self.recorder, self.garbage, 1000.0, 1)
        self.sampler.signal_ns = SIGNAL_NS
        self.sampler.start()

    def computes(self, cpu_ns: int, *, collected_ns: int = 0) -> None:
        self.now_ns += cpu_ns + collected_ns
        self.garbage.cpu_ns += collected_ns

    def signal(self, *, collecting: bool = False) -> None:
        self.garbage.collecting = collecting
        self.sampler._on_signal(signal.SIGALRM, sys._getframe())

    def rows(self) -> list[tuple[int, int]]:
        """CPU and that of collections by sample; the last one is of no stack."""
        self.sampler.stop()
        columns = self.recorder.columns()
        return list(zip(columns["sample.weight_ns"], columns["sample.gc_ns"], strict=True))


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[Thread]:
    made = Thread(monkeypatch)
    yield made
    monkeypatch.undo()
    made.sampler.stop()


def test_what_a_signal_costs_is_not_the_collections_that_it_interrupts(thread: Thread) -> None:
    thread.computes(MS // 2, collected_ns=MS)
    thread.signal(collecting=True)
    assert thread.rows() == [(MS // 2, MS - SIGNAL_NS)]


@pytest.mark.parametrize(("passed", "weighs"), [(0, 1), (2, 3)])
def test_the_sample_after_such_a_signal_stands_for_all_intervals_that_passed(
    thread: Thread, passed: int, weighs: int
) -> None:
    armed_ns = thread.sampler._armed_ns
    thread.computes(armed_ns // 2, collected_ns=armed_ns)
    thread.left_s = armed_ns / 4e9
    thread.signal(collecting=True)
    thread.computes(passed * armed_ns + armed_ns // 4)
    thread.signal()
    (sample, rest) = thread.rows()
    assert sample == (weighs * armed_ns, 0)
    assert rest[1] == armed_ns - SIGNAL_NS
    assert sample[0] + rest[0] == armed_ns // 2 + passed * armed_ns + armed_ns // 4


def test_a_collection_between_two_samples_is_apart_and_the_sum_is_the_cpu(thread: Thread) -> None:
    thread.computes(MS // 2, collected_ns=MS // 4)
    thread.signal()
    thread.computes(MS // 8, collected_ns=MS // 16)
    assert thread.rows() == [(MS // 2, MS // 4), (MS // 8, MS // 16)]


def test_what_signals_cost_that_find_the_thread_waiting_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = Thread(monkeypatch)
    thread.sampler._waiting = lambda: True
    thread.computes(MS)
    thread.signal()
    thread.computes(MS)
    assert thread.rows() == [(2 * MS - SIGNAL_NS, 0)]
