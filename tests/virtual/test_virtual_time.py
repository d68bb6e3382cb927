"""Simulated time goes from one happening to the next, and says so where there is none."""

import pytest

from clientprof.virtual.agenda import Agenda, NothingComes, wait_for
from clientprof.virtual.clock import START_NS, VirtualClock


def test_a_wait_ends_at_the_instant_of_what_it_waits_for_and_no_earlier() -> None:
    clock, agenda = VirtualClock(), Agenda()
    came: list[str] = []
    agenda.add(START_NS + 5_000, lambda at: came.append(f"late at {at - START_NS}"))
    agenda.add(START_NS + 3_000, lambda at: came.append(f"early at {at - START_NS}"))
    assert wait_for(lambda: came[:], None, clock, agenda, 1_000) == ["early at 3000"]
    assert clock.now_ns == START_NS + 3_000
    came.clear()
    assert wait_for(lambda: came[:], None, clock, agenda, 1_000) == ["late at 5000"]


def test_what_happens_at_one_instant_happens_in_the_order_it_was_planned_in() -> None:
    agenda = Agenda()
    order: list[int] = []
    for number in range(20):
        agenda.add(7, lambda _, number=number: order.append(number))  # type: ignore[misc]
    agenda.happen_until(7)
    assert order == list(range(20))


def test_a_timeout_takes_exactly_its_time_and_a_look_of_no_timeout_its_own() -> None:
    clock, agenda = VirtualClock(), Agenda()
    assert wait_for(list[int], 2.5, clock, agenda, 1_000) == []
    assert clock.now_ns == START_NS + 2_500_000_000
    assert wait_for(list[int], 0, clock, agenda, 1_000) == []
    assert clock.now_ns == START_NS + 2_500_001_000


def test_a_wait_for_what_never_comes_is_an_error_that_says_what_cannot_be_waited_for() -> None:
    with pytest.raises(NothingComes, match="a thread, a signal, or a socket of the system"):
        wait_for(list[int], None, VirtualClock(), Agenda(), 1_000)
