"""Which late samples had lost the core when they were due, told by what the kernel counts."""

import sys
from types import FrameType

import pytest

from clientprof.probes.sampling.preempted_samples import LATE_NS, PreemptedSamples

MS = 1_000_000


class Thread:
    """What its clocks say, as the samples that come ask for it."""

    def __init__(self) -> None:
        self.queued_ns: int | None = 5 * MS
        self.cpu_ns = 9 * MS
        self.samples = PreemptedSamples(lambda: self.queued_ns)
        self.sampled(here(), late_ns=0)  # the first: nothing is known of the time before

    def sampled(self, frame: FrameType | None, late_ns: int, computed_ns: int = 0, queued_ns: int = 0) -> bool:
        """Whether the sample had lost the core, after so much CPU and so much waiting for a core since the one before."""
        self.cpu_ns += computed_ns
        if self.queued_ns is not None:
            self.queued_ns += queued_ns
        return self.samples.was(frame, late_ns, self.cpu_ns)


def here() -> FrameType:
    return sys._getframe()


def there() -> FrameType:
    return sys._getframe()


@pytest.fixture
def thread() -> Thread:
    return Thread()


def test_who_waited_for_a_core_and_did_not_compute_had_lost_it(thread: Thread) -> None:
    assert thread.sampled(here(), late_ns=3 * MS, computed_ns=MS, queued_ns=4 * MS)


def test_who_did_not_wait_for_a_core_computed_or_stood_still_by_its_own_will(thread: Thread) -> None:
    assert not thread.sampled(here(), late_ns=3 * MS, computed_ns=4 * MS, queued_ns=MS)
    assert not thread.sampled(here(), late_ns=3 * MS, computed_ns=0, queued_ns=MS)


def test_a_sample_in_time_counts_whatever_came_before(thread: Thread) -> None:
    assert not thread.sampled(here(), late_ns=LATE_NS - 1, computed_ns=0, queued_ns=9 * MS)


def test_for_each_certain_loss_one_doubtful_sample_of_the_same_place_is_taken_for_another(thread: Thread) -> None:
    frame = here()
    in_doubt = {"late_ns": 2 * MS, "computed_ns": 3 * MS, "queued_ns": 3 * MS}
    assert not thread.sampled(frame, **in_doubt)
    assert thread.sampled(frame, late_ns=3 * MS, computed_ns=MS, queued_ns=4 * MS)
    assert not thread.sampled(there(), **in_doubt)
    assert [thread.sampled(frame, **in_doubt) for _ in range(3)] == [True, False, False]


def test_long_calls_of_c_code_keep_their_samples_on_a_busy_machine(thread: Thread) -> None:
    frame = here()
    lost = [
        thread.sampled(frame, late_ns=MS // 5, computed_ns=3 * MS, queued_ns=4 * MS)
        if number % 10
        else thread.sampled(frame, late_ns=3 * MS, computed_ns=MS, queued_ns=4 * MS)
        for number in range(100)
    ]
    assert sum(lost) == 20


def test_where_the_kernel_does_not_count_every_sample_counts(thread: Thread) -> None:
    thread.queued_ns = None
    assert not thread.sampled(here(), late_ns=3 * MS, computed_ns=0)
    assert not thread.sampled(here(), late_ns=3 * MS, computed_ns=0)
