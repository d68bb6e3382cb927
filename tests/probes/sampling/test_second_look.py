"""What a sample in doubt weighs, by what the second look finds."""

import pytest

from clientprof.probes.sampling.doubtful_sample import DoubtfulSample, SecondLook, Standing
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches

STANDS_NS = 1000
HERE, ELSEWHERE = 7, 8


class Thread:
    """A thread whose voluntary switches the test counts."""

    def __init__(self) -> None:
        self.switches = 0
        self.look = SecondLook(VoluntarySwitches(lambda: self.switches))

    def decide(self, *, late: bool, blocked_again: bool, stack: int | None) -> Standing:
        self.switches += blocked_again
        return self.look.decide(DoubtfulSample(0, 300, 0, -1, HERE, late), STANDS_NS, stack)


@pytest.mark.parametrize("late", [False, True])
def test_who_is_in_the_same_place_and_has_blocked_again_stands_still(late: bool) -> None:
    assert Thread().decide(late=late, blocked_again=True, stack=HERE) == Standing(0, STANDS_NS, in_wait=False)


def test_who_is_in_the_same_place_and_has_not_blocked_computes() -> None:
    assert Thread().decide(late=False, blocked_again=False, stack=HERE) == Standing(STANDS_NS, 0, in_wait=False)


@pytest.mark.parametrize("stack", [ELSEWHERE, None])
@pytest.mark.parametrize("blocked_again", [False, True])
def test_of_who_has_moved_on_nobody_can_say(blocked_again: bool, stack: int | None) -> None:
    assert Thread().decide(late=False, blocked_again=blocked_again, stack=stack) == Standing(
        STANDS_NS, -STANDS_NS, in_wait=False
    )


@pytest.mark.parametrize("stack", [HERE, ELSEWHERE, None])
def test_a_late_sample_weighs_no_cpu_and_was_most_likely_due_in_a_wait(stack: int | None) -> None:
    assert Thread().decide(late=True, blocked_again=False, stack=stack) == Standing(0, -STANDS_NS, in_wait=True)


def test_a_late_sample_where_the_thread_is_known_to_stand_still_was_not_due_in_a_wait() -> None:
    thread = Thread()
    thread.decide(late=True, blocked_again=True, stack=HERE)
    assert thread.decide(late=True, blocked_again=False, stack=ELSEWHERE) == Standing(0, -STANDS_NS, in_wait=False)
