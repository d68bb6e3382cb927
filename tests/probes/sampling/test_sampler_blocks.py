"""Code that blocks in a callback: known by the kernel's count of voluntary switches, and given no CPU of other code."""

import sys
import threading
import time
from time import thread_time_ns

import pytest

from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches, voluntary_switches
from clientprof.proof.sampled_work import sample
from time_by_function import cpu_us, off_us

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a thread's voluntary switches")

TURNS = 250
WORK_NS = 600_000
NAP_S = 0.002


def work() -> None:
    until_ns = thread_time_ns() + WORK_NS
    while thread_time_ns() < until_ns:
        pass


def nap() -> None:
    time.sleep(NAP_S)


def turns() -> None:
    for _ in range(TURNS):
        work()
        nap()


def test_naps_get_their_time_and_no_cpu_of_the_work_before_them() -> None:
    seen = sample(turns, 1000.0, blocks=voluntary_switches())
    true_us = TURNS * WORK_NS / 1e3
    assert cpu_us(seen, "work") > 0.85 * true_us
    assert cpu_us(seen, "nap") < 0.15 * true_us
    # A nap lasts at least as long as asked; of those that the machine lengthens more is seen.
    assert off_us(seen, "nap") > 0.5 * TURNS * NAP_S * 1e6
    assert off_us(seen, "work") < 0.05 * off_us(seen, "nap")


def test_without_the_kernels_count_naps_are_charged_with_the_work() -> None:
    seen = sample(turns, 1000.0)
    assert cpu_us(seen, "nap") > 0.25 * TURNS * WORK_NS / 1e3
    assert off_us(seen, "nap") == 0.0


def test_work_that_never_blocks_is_never_looked_at_twice() -> None:
    def only_work() -> None:
        for _ in range(TURNS):
            work()

    seen = sample(only_work, 1000.0, blocks=voluntary_switches())
    assert off_us(seen, "work") < 0.01 * TURNS * WORK_NS / 1e3
    assert cpu_us(seen, "work") > 0.9 * TURNS * WORK_NS / 1e3


def test_switches_of_another_thread_do_not_count() -> None:
    mine = voluntary_switches()
    assert mine is not None
    mine.grew()
    asleep = threading.Thread(target=nap)
    until_ns = thread_time_ns() + 20_000_000
    asleep.start()
    grown = 0
    while thread_time_ns() < until_ns:
        grown += mine.grew()
    asleep.join()
    assert grown < 20
    mine.grew()
    nap()
    assert mine.grew()


def test_only_growth_counts() -> None:
    counts = iter((3, 3, 5, 5))
    switches = VoluntarySwitches(lambda: next(counts))
    assert [switches.grew() for _ in range(3)] == [False, True, False]
