"""The sampler of threads hardly wakes a process that does nothing, and no sample counts for more than its share."""

import signal
import sys

import pytest

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.in_threads import thread_sampler
from clientprof.probes.in_threads.thread_sampler import ThreadSampler
from clientprof.recording.recorder import Recorder

INTERVAL_US = 500.0


class Machine:
    """All clocks and the timer, simulated; ``signals`` counts how often the thread was woken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = self.thread_ns = self.process_ns = 1_000
        self.due_ns: int | None = None
        self.signals = 0
        monkeypatch.setattr(signal, "setitimer", self._set_timer)
        for name in ("now", "thread", "process"):
            clock = {"now": "perf_counter_ns", "thread": "thread_time_ns", "process": "process_time_ns"}[name]
            monkeypatch.setattr(thread_sampler, clock, lambda name=name: getattr(self, f"{name}_ns"))
        self.recorder = Recorder()
        self.sampler = ThreadSampler(self.recorder, GarbageProbe(self.recorder), INTERVAL_US, 1)
        self.sampler.start()

    def _set_timer(self, _which: int, first_s: float, _interval_s: float = 0.0) -> None:
        self.due_ns = self.now_ns + round(first_s * 1e9) if first_s else None

    def pass_time(self, length_ns: int, *, thread: float = 0.0, others: float = 0.0) -> None:
        """The main thread and all others each compute for that share of the time."""
        end_ns = self.now_ns + length_ns
        while self.due_ns is not None and self.due_ns < end_ns:
            self._go_to(self.due_ns, thread, others)
            self.signals += 1
            self.sampler._on_signal(signal.SIGALRM, sys._getframe())
        self._go_to(end_ns, thread, others)

    def _go_to(self, at_ns: int, thread: float, others: float) -> None:
        passed_ns, self.now_ns = at_ns - self.now_ns, at_ns
        self.thread_ns += round(thread * passed_ns)
        self.process_ns += round((thread + others) * passed_ns)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_an_idle_process_is_woken_about_once_in_sixteen_milliseconds(machine: Machine) -> None:
    machine.pass_time(1_600_000_000)
    assert 60 < machine.signals < 150
    machine.sampler.stop()


def test_work_is_sampled_as_densely_as_ever_again(machine: Machine) -> None:
    machine.pass_time(200_000_000)
    machine.pass_time(40_000_000, thread=1.0)
    machine.signals = 0
    machine.pass_time(100_000_000, thread=1.0)
    assert 150 < machine.signals < 250
    machine.sampler.stop()


def test_a_thread_that_waits_for_others_of_a_busy_process_is_sampled_as_densely_as_ever(machine: Machine) -> None:
    machine.pass_time(100_000_000, others=1.0)
    assert 150 < machine.signals < 250
    machine.sampler.stop()


def test_the_end_of_a_wrapped_call_is_followed_by_dense_samples(machine: Machine) -> None:
    machine.pass_time(200_000_000)
    machine.sampler.begin_wait()
    machine.sampler.end_wait(sys._getframe())
    machine.signals = 0
    machine.pass_time(5_000_000, thread=1.0)
    assert machine.signals > 4
    machine.sampler.stop()


def test_a_sample_weighs_the_mean_that_its_interval_was_drawn_from(machine: Machine) -> None:
    column = machine.recorder.column("sample.weight_ns")
    machine.pass_time(100_000_000, thread=1.0)
    assert set(column) == {500_000}
    machine.pass_time(400_000_000)
    first = len(column)
    machine.pass_time(100_000_000, thread=1.0)
    assert column[first] == 16_000_000
    assert set(column[first + 1 :]) == {500_000}
    machine.sampler.stop()
