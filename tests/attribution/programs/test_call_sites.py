"""Requests by call site: counts of everything that ended, latency, failures, what is open, connections opened."""

import pytest

from clientprof.model.phases import Mark
from clientprof.model.programs.recording import CallSite
from clientprof.model.run import StepOwner
from programs_by_hand import SITE, Made, Program

OTHER = CallSite("app.py", 20, "asks_too", "app", "app", ("openai",))


def test_each_call_site_has_its_own_row_those_that_took_longest_first() -> None:
    result = Program(
        [Made(0, 10), Made(0, 30), Made(0, 500, site=1)], sites=(SITE, OTHER)
    ).result()  # fmt: skip
    rows = [(row.line, row.requests, row.wall_us, row.through) for row in result.call_sites]
    assert rows == [(20, 1, 500_000.0, ("openai",)), (7, 2, 20_000.0, ())]
    assert result.requests == 3


def test_failures_are_counted_by_type_and_open_exchanges_are_not_ended() -> None:
    (row,) = Program([Made(0, 10), Made(0, 20, error="E"), Made(0, 20, error="E"), Made(5, 0)]).result().call_sites
    assert (row.requests, row.failed, row.errors, row.open) == (3, 2, {"E": 2}, 1)


def test_a_call_that_has_reached_nobody_yet_stands_with_those_of_its_line_unless_they_ask_several() -> None:
    known, waits = Made(0, 10), Made(5, 0, peer=-1)
    (row,) = Program([known, waits]).result().call_sites
    assert (row.requests, row.open, row.peer is None) == (1, 1, False)
    rows = Program([known, Made(0, 10, peer=-1), waits]).result().call_sites
    assert sorted((row.requests, row.open, row.peer is None) for row in rows) == [(1, 0, True), (1, 1, False)]
    rows = Program([known, Made(0, 10, peer=1), waits]).result().call_sites
    assert sorted((row.requests, row.open) for row in rows) == [(0, 1), (1, 0), (1, 0)]


def test_many_hosts_with_a_few_requests_each_are_one_row_and_need_a_connection_each() -> None:
    """As a crawler has them; a host that is asked more often has a row of its own."""
    many = [Made(20 * n, 20 * n + 10, peer=1 + n % 30) for n in range(60)]
    often = [Made(20 * n, 20 * n + 10) for n in range(25)]
    opened = [(n, 20 * n, 0) for n in range(30)]
    steps = [(0, -1), (1, int(StepOwner.WAIT)), (1300, -1)]
    result = Program([*many, *often], connections=opened, steps=steps, end=1300).result()
    assert [(row.requests, row.peers, row.peer is None) for row in result.call_sites] == [
        (60, 30, True),
        (25, 1, False),
    ]
    assert result.findings == ()
    apart = Program(many[:20]).result().call_sites
    assert [(row.requests, row.peers) for row in apart] == [(1, 1)] * 20


def test_percentiles_are_exact_where_every_exchange_was_kept() -> None:
    (row,) = Program([Made(0, 10 * (n + 1)) for n in range(5)]).result().call_sites
    assert (row.latency_ms.p50, row.latency_ms.max) == (30.0, 50.0)


def test_an_exchange_whose_caller_nobody_knows_has_a_row_without_a_place() -> None:
    (row,) = Program([Made(0, 10, site=-1)]).result().call_sites
    assert (row.file, row.function) == ("", "unknown")


def test_connections_are_counted_at_the_call_that_opened_them() -> None:
    opened = [(Mark.TCP_START, 1), (Mark.TCP_END, 2)]
    (row,) = Program([Made(0, 10, opened), Made(20, 30), Made(40, 50), Made(60, 70)]).result().call_sites
    assert row.connects_per_1000 == 250.0


@pytest.mark.parametrize("marked", [True, False])
def test_time_that_no_mark_claims_is_a_warning(marked: bool) -> None:
    marks = [(Mark.POOL_ENQUEUE, 1), (Mark.POOL_ACQUIRED, 2), (Mark.HEADERS, 8), (Mark.DONE, 9)] if marked else []
    result = Program([Made(1, 10, marks=marks)], steps=[(0, 0), (20, -1)]).result()
    assert result.unattributed_share == (0.0 if marked else 1.0)
    assert [notice.id for notice in result.notices if notice.id == "unattributed"] == (
        [] if marked else ["unattributed"]
    )
