"""Signals that come while garbage is collected: they make no sample, and nothing of what they cost or hide is lost."""

import signal
from collections.abc import Iterator

import pytest

from clocked_thread import ClockedThread

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")

MS = 1_000_000
SIGNAL_NS = 50_000


def rows(thread: ClockedThread) -> list[tuple[int, ...]]:
    """CPU and that of collections by sample; the last one is of no stack."""
    thread.sampler.stop()
    return thread.samples("weight_ns", "gc_ns")


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockedThread]:
    made = ClockedThread(monkeypatch)
    made.sampler.signal_ns = SIGNAL_NS
    yield made
    monkeypatch.undo()
    made.sampler.stop()


def test_what_a_signal_costs_is_not_the_collections_that_it_interrupts(thread: ClockedThread) -> None:
    thread.computes(MS // 2, collected_ns=MS)
    thread.signal(collecting=True)
    assert rows(thread) == [(MS // 2, MS - SIGNAL_NS)]


@pytest.mark.parametrize(("passed", "weighs"), [(0, 1), (2, 3)])
def test_the_sample_after_such_a_signal_stands_for_all_intervals_that_passed(
    thread: ClockedThread, passed: int, weighs: int
) -> None:
    armed_ns = thread.interval_ns
    thread.computes(armed_ns // 2, collected_ns=armed_ns)
    thread.signal(late_ns=armed_ns * 3 // 4, collecting=True)
    thread.computes(passed * armed_ns + armed_ns // 2)
    thread.signal()
    (sample, rest) = rows(thread)
    assert sample == (weighs * armed_ns, 0)
    assert rest[1] == armed_ns - SIGNAL_NS
    assert sample[0] + rest[0] == armed_ns // 2 + passed * armed_ns + armed_ns // 2


def test_a_collection_between_two_samples_is_apart_and_the_sum_is_the_cpu(thread: ClockedThread) -> None:
    thread.computes(MS // 2, collected_ns=MS // 4)
    thread.signal()
    thread.computes(MS // 8, collected_ns=MS // 16)
    assert rows(thread) == [(MS // 2, MS // 4), (MS // 8, MS // 16)]


def test_what_signals_cost_that_find_the_thread_waiting_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = ClockedThread(monkeypatch)
    thread.sampler.signal_ns = SIGNAL_NS
    thread.sampler._waiting = lambda: True
    thread.computes(MS)
    thread.signal()
    thread.computes(MS)
    assert rows(thread) == [(2 * MS - SIGNAL_NS, 0)]
