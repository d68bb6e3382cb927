"""No timer runs while a loop waits for long, and what the sampler weighs is the same with and without such waits."""

import selectors
import signal
import socket
import sys
from itertools import count

import pytest

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.on_asyncio import stamped_loop
from clientprof.probes.on_asyncio.stamped_loop import StampedSelector
from clientprof.probes.on_trio import trio_steps
from clientprof.probes.on_trio.trio_steps import TrioSteps
from clientprof.probes.sampling import sampler as sampler_module
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

INTERVAL_US = 3000.0
SHORT_NS, LONG_NS = 2_900_000, 3_100_000


class FakeSampler:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.woken = False
        self.told: list[str] = []

    def idle(self) -> None:
        self.woken = True
        self.told.append("idle")

    def busy(self) -> None:
        self.woken = False
        self.told.append("busy")


class FakeWaits(LongWaits):
    """Notes the waits that it hears of."""

    def __init__(self) -> None:
        super().__init__(FakeSampler(), INTERVAL_US)
        self.heard: list[int | None] = []

    def begins(self) -> None:
        self.heard.append(None)

    def ended(self, waited_ns: int) -> None:
        self.heard.append(waited_ns)


def test_the_timer_stands_still_in_a_wait_that_follows_a_long_one_and_runs_in_all_others() -> None:
    sampler = FakeSampler()
    waits = LongWaits(sampler, INTERVAL_US)
    told = []
    for waited_ns in (SHORT_NS, LONG_NS, LONG_NS, SHORT_NS, SHORT_NS):
        waits.begins()
        waits.ended(waited_ns)
        told.append(tuple(sampler.told))
        sampler.told.clear()
    assert told == [(), (), ("idle", "busy"), ("idle", "busy"), ()]


def test_a_wait_in_which_a_signal_came_is_followed_by_work() -> None:
    sampler = FakeSampler()
    waits = LongWaits(sampler, INTERVAL_US)
    waits.begins()
    sampler.woken = True
    waits.ended(SHORT_NS)
    assert sampler.told == ["busy"]


class Machine:
    """The timer and the thread's CPU clock, both simulated."""

    def __init__(self) -> None:
        self.cpu_ns = 0
        self.timer_s = (0.0, 0.0)

    def set_timer(self, _which: int, first_s: float, interval_s: float = 0.0) -> None:
        self.timer_s = (first_s, interval_s)

    @property
    def timer_runs(self) -> bool:
        return self.timer_s[0] > 0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(signal, "setitimer", machine.set_timer)
    monkeypatch.setattr(sampler_module, "thread_time_ns", lambda: machine.cpu_ns)
    return machine


class Sampled:
    """A sampler whose signals come when the test says, of a loop that waits when the test says."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.waiting = False
        garbage = GarbageProbe(self.recorder)
        self.sampler = Sampler(self.recorder, garbage, INTERVAL_US, 1, waiting=lambda: self.waiting)

    def signal(self) -> None:
        self.sampler._on_signal(signal.SIGALRM, sys._getframe())

    @property
    def weights(self) -> list[int]:
        return list(self.recorder.columns()["sample.weight_ns"])


def test_the_second_signal_in_one_wait_stops_the_timer_and_the_end_of_the_wait_starts_it(machine: Machine) -> None:
    sampled = Sampled()
    sampled.sampler.start()
    sampled.waiting = True
    sampled.signal()
    assert machine.timer_runs
    sampled.signal()
    assert not machine.timer_runs
    sampled.waiting = False
    sampled.sampler.busy()
    first_s, interval_s = machine.timer_s
    # At a random phase, so that each instant of what follows is as likely to be hit as any other.
    assert 0 < first_s < interval_s
    assert sampled.weights == []
    sampled.sampler.stop()


def test_one_signal_in_each_of_many_waits_leaves_the_timer_alone(machine: Machine) -> None:
    sampled = Sampled()
    sampled.sampler.start()
    for _ in range(5):
        sampled.waiting = True
        sampled.signal()
        sampled.waiting = False
        sampled.sampler.busy()
        assert machine.timer_runs
    sampled.sampler.stop()


def test_a_signal_that_was_under_way_when_the_timer_was_stopped_is_no_sample(machine: Machine) -> None:
    sampled = Sampled()
    sampled.sampler.start()
    sampled.sampler.idle()
    sampled.signal()
    assert sampled.weights == []
    assert not machine.timer_runs
    sampled.sampler.stop()


def test_the_first_sample_after_a_wait_weighs_the_interval_and_all_weights_add_up_to_the_cpu(machine: Machine) -> None:
    sampled = Sampled()
    sampled.sampler.start()
    machine.cpu_ns += 100_000
    sampled.sampler.idle()
    machine.cpu_ns += 10_000  # the select
    sampled.sampler.busy()
    interval_ns = round(machine.timer_s[1] * 1e9)
    machine.cpu_ns += 50_000
    sampled.signal()
    machine.cpu_ns += 70_000
    sampled.signal()
    machine.cpu_ns += 5_000
    sampled.sampler.stop()
    assert sampled.weights[:2] == [pytest.approx(interval_ns, abs=1), 70_000]
    assert sum(sampled.weights) == machine.cpu_ns


def test_a_sampler_that_is_stopped_in_a_wait_stays_silent(machine: Machine) -> None:
    sampled = Sampled()
    sampled.sampler.start()
    sampled.sampler.idle()
    sampled.sampler.stop()
    sampled.sampler.busy()
    assert not machine.timer_runs
    sampled.sampler.idle()
    assert not sampled.sampler.woken


def test_each_select_that_may_block_is_told_with_its_length_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0, 1000)
    monkeypatch.setattr(stamped_loop, "perf_counter_ns", lambda: next(ticks))
    waits = FakeWaits()
    ours, theirs = socket.socketpair()
    with ours, theirs, StampedSelector(Recorder(), waits) as selector:
        selector.register(ours, selectors.EVENT_READ)
        theirs.send(b"x")
        selector.select(0)
        assert waits.heard == []
        selector.select(1.0)
        selector.select(None)
    assert waits.heard == [None, 1000, None, 1000]


def test_each_wait_of_trio_that_may_block_is_told_with_its_length_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = count(0, 1000)
    monkeypatch.setattr(trio_steps, "perf_counter_ns", lambda: next(ticks))
    waits = FakeWaits()
    steps = TrioSteps(Recorder(), waits=waits)
    for timeout in (0.0, 1.0):
        steps.before_io_wait(timeout)
        steps.after_io_wait(timeout)
    assert waits.heard == [None, 2000]
