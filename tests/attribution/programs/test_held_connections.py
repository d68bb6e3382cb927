"""A connection is held from acquired to released; what outlives its call is a leak with a call site and an age."""

from collections.abc import Sequence

import pytest

from clientprof.model.phases import Mark
from clientprof.model.programs.recording import CallSite, Settings
from clientprof.model.programs.results import HeldConnections
from programs_by_hand import Made, Program


def held(
    exchanges: Sequence[Made], *, end: int = 10_000, limit: int | None = None, clients: int = 0
) -> HeldConnections:
    program = Program(exchanges, end=end, settings=Settings(limit=limit), clients_built=clients)
    (row,) = program.result().held
    return row


def closed(start: int, end: int) -> Made:
    return Made(start, end, [(Mark.POOL_ACQUIRED, start), (Mark.RELEASED, end)], returned=end)


def unclosed(start: int, *, returned: int, dropped: int = 0) -> Made:
    return Made(start, 0, [(Mark.POOL_ACQUIRED, start)], returned=returned, dropped=dropped)


def test_what_was_given_back_is_no_leak_and_its_hold_is_from_mark_to_mark() -> None:
    row = held([closed(0, 100), closed(50, 250)])
    assert (row.holds, row.most, row.leaked, row.oldest_s, row.mean_ms) == (2, 2, 0, None, 150.0)


def test_holds_that_follow_each_other_need_one_connection() -> None:
    assert held([closed(0, 100), closed(100, 200), closed(200, 300)]).most == 1


def test_a_response_collected_unclosed_is_a_leak_however_young() -> None:
    row = held([closed(0, 100), unclosed(9_990, returned=9_991, dropped=9_995)])
    assert row.leaked == 1


def test_a_response_open_long_after_its_call_returned_is_a_leak_with_its_age() -> None:
    row = held([closed(0, 100), unclosed(2_000, returned=2_100)])
    assert (row.leaked, row.oldest_s) == (1, 8.0)


def test_a_young_open_response_may_still_be_read() -> None:
    assert held([closed(0, 100), unclosed(9_500, returned=9_600)]).leaked == 0


def test_a_stream_as_long_as_its_call_site_s_others_is_no_leak() -> None:
    # Its siblings take 2 s each: an open one of 4 s is nothing unusual.
    assert held([*(closed(n, n + 2_000) for n in range(4)), unclosed(5_900, returned=6_000)]).leaked == 0


def test_a_call_that_has_not_returned_yet_is_slow_and_no_leak() -> None:
    assert held([closed(0, 10), unclosed(100, returned=0)]).leaked == 0


def test_a_connection_that_failed_is_held_from_its_last_try_on() -> None:
    again = [(Mark.POOL_ACQUIRED, 0), (Mark.POOL_ACQUIRED, 60), (Mark.RELEASED, 100)]
    assert held([Made(0, 100, again)]).mean_ms == 40.0


def test_a_limit_is_full_where_several_call_sites_use_it_up_together() -> None:
    marks = [(Mark.POOL_ACQUIRED, 0), (Mark.RELEASED, 10)]
    made = [Made(0, 10, marks, instance=0, site=site) for site in (0, 1, 1)]
    other = Made(0, 10, marks, instance=1, site=2)
    sites = tuple(CallSite("app.py", line, "asks", "app", "app") for line in (7, 8, 9))
    program = Program([*made, other], settings=Settings(limit=3), clients_built=2, sites=sites)
    rows = {row.line: row for row in program.result().held}
    assert {line: (row.most, row.in_use, row.full) for line, row in rows.items()} == {
        7: (1, 3, True), 8: (2, 3, True), 9: (1, 1, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "limit", "one_host"),
    [
        (Settings(limit=100, per_host=2), 2, True),
        (Settings(per_host=2, unlimited=("limit",)), 2, True),
        (Settings(limit=2, per_host=5), 2, False),
        (Settings(limit=2), 2, False),
    ],
)
def test_the_limit_that_a_request_meets_first_is_told(settings: Settings, limit: int, one_host: bool) -> None:
    marks = [(Mark.POOL_ACQUIRED, 0), (Mark.RELEASED, 10)]
    program = Program([Made(0, 10, marks, instance=0)] * 2, settings=settings, clients_built=1)
    (row,) = program.result().held
    assert (row.limit, row.one_host, row.full) == (limit, one_host, True)


def test_the_limit_is_told_where_all_holds_are_of_clients_with_the_same_one() -> None:
    marks = [(Mark.POOL_ACQUIRED, 0), (Mark.RELEASED, 10)]
    assert held([Made(0, 10, marks, instance=0)], limit=5, clients=1).limit == 5
    assert held([Made(0, 10, marks)], limit=5, clients=1).limit is None


def test_a_request_of_an_unknown_client_hides_the_limit_of_the_others_not() -> None:
    mine = Made(0, 100, [(Mark.POOL_ACQUIRED, 0), (Mark.RELEASED, 100)], returned=100, instance=0)
    row = held([mine, closed(50, 250)], limit=2, clients=1)
    assert row.limit == 2
    assert held([closed(50, 250)], limit=2, clients=1).limit is None
