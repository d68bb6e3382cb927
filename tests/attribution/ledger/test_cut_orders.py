"""The phases of one exchange for the orders of marks that real clients give."""

import pytest

from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.attribution.ledger.phase_segments import cut
from clientprof.model.phases import Mark, Phase

ALL = KnownMarks(pool=True, headers=True, done=True)
W, R = Event.WRITE, Event.READ
M = Mark


def phases(
    events: list[tuple[int, int]],
    stamps: ServerStamps | None = None,
    known: KnownMarks = ALL,
    *,
    answered: bool = True,
    end: int = 100,
) -> list[tuple[str, int, int]]:
    """Neighbouring segments of one phase merged, as (phase, start, end)."""
    merged: list[tuple[str, int, int]] = []
    for phase, start, stop in cut(0, end, events, stamps, known, answered=answered):
        if merged and merged[-1][0] == phase:
            merged[-1] = (str(phase), merged[-1][1], stop)
        else:
            merged.append((str(phase), start, stop))
    return merged


TAIL = [(40, W), (70, R), (75, M.HEADERS), (90, M.DONE), (95, M.RELEASED)]
TAIL_PHASES = [("wait", 40, 70), ("headers", 70, 75), ("body", 75, 90), ("release", 90, 100)]
STAMPS = ServerStamps(45, 55, 60)


def test_httpx_reused_connection() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), *TAIL])
    assert found == [("prepare", 0, 10), ("pool", 10, 20), ("send", 20, 40), *TAIL_PHASES]


def test_without_a_pool_a_call_connects_and_sends() -> None:
    events = [(0, M.CALL), (22, M.TCP_START), (30, M.TCP_END), (40, W), (70, R), (75, M.HEADERS), (100, M.DONE)]
    begun = [("prepare", 0, 22), ("connect", 22, 30), ("send", 30, 40)]
    assert phases(events) == [*begun, ("wait", 40, 70), ("headers", 70, 75), ("body", 75, 100)]


def test_without_a_pool_and_where_nobody_sees_writes_the_call_waits() -> None:
    assert phases([(0, M.CALL), (75, M.HEADERS), (100, M.DONE)]) == [("wait", 0, 75), ("body", 75, 100)]
    assert phases([(75, M.HEADERS), (100, M.DONE)]) == [("prepare", 0, 75), ("body", 75, 100)]


def test_httpx_assigned_twice_then_written_stays_in_the_pool_until_the_last() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (15, M.POOL_ACQUIRED), (20, M.POOL_ACQUIRED), (30, M.POOL_ACQUIRED), *TAIL])
    assert found == [("prepare", 0, 10), ("pool", 10, 30), ("send", 30, 40), *TAIL_PHASES]


def test_httpx_connects_after_it_was_assigned() -> None:
    events = [(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (22, M.TCP_START), (30, M.TCP_END), *TAIL]
    connect = [("pool", 10, 20), ("connect", 20, 30), ("send", 30, 40)]
    assert phases(events) == [("prepare", 0, 10), *connect, *TAIL_PHASES]


def test_name_lookup_connect_and_handshake_follow_each_other() -> None:
    events = [
        (10, M.POOL_ENQUEUE), (12, M.POOL_ACQUIRED), (14, M.DNS_START), (18, M.DNS_END), (19, M.TCP_START),
        (25, M.TCP_END), (26, M.TLS_START), (35, M.TLS_END), *TAIL,
    ]  # fmt: skip
    connect = [("pool", 10, 12), ("connect", 12, 14), ("dns", 14, 18), ("connect", 18, 26), ("tls", 26, 35)]
    assert phases(events) == [("prepare", 0, 10), *connect, ("send", 35, 40), *TAIL_PHASES]


def test_writes_of_the_handshake_are_not_the_request() -> None:
    events = [
        (10, M.POOL_ENQUEUE),
        (12, M.POOL_ACQUIRED),
        (14, M.TLS_START),
        (16, W),
        (20, R),
        (22, W),
        (30, M.TLS_END),
    ]
    assert ("tls", 14, 30) in phases([*events, *TAIL])


def test_aiohttp_acquires_after_it_connected() -> None:
    events = [(10, M.POOL_ENQUEUE), (15, M.TCP_START), (25, M.TCP_END), (32, M.POOL_ACQUIRED), *TAIL]
    connect = [("pool", 10, 15), ("connect", 15, 32), ("send", 32, 40)]
    assert phases(events) == [("prepare", 0, 10), *connect, *TAIL_PHASES]


def test_aiohttp_releases_inside_data_received_before_the_body_is_done() -> None:
    events = [
        (10, M.POOL_ENQUEUE),
        (20, M.POOL_ACQUIRED),
        (40, W),
        (70, R),
        (72, M.RELEASED),
        (75, M.HEADERS),
        (90, M.DONE),
    ]
    assert phases(events) == [("prepare", 0, 10), ("pool", 10, 20), ("send", 20, 40), *TAIL_PHASES]


def test_server_stamps_split_the_wait() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), *TAIL], STAMPS)
    assert found[3:7] == [("uplink", 40, 45), ("server", 45, 55), ("downlink", 55, 60), ("loop", 60, 70)]


def test_a_server_that_answers_before_the_write_returns_has_no_uplink() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), *TAIL], ServerStamps(30, 38, 39))
    assert found[3] == ("loop", 40, 70)


def test_early_session_tickets_are_not_the_response() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (40, W), (48, R), *TAIL[1:]], STAMPS)
    assert found[3:7] == [("uplink", 40, 45), ("server", 45, 55), ("downlink", 55, 60), ("loop", 60, 70)]


def test_a_request_in_two_writes_is_sent_with_the_second() -> None:
    found = phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (30, W), *TAIL])
    assert ("send", 20, 40) in found


def test_a_redirect_goes_through_pool_and_send_again_and_its_stamps_are_the_last_answer_s() -> None:
    first = [
        (5, M.POOL_ENQUEUE),
        (6, M.POOL_ACQUIRED),
        (8, W),
        (12, R),
        (14, M.HEADERS),
        (16, M.DONE),
        (18, M.RELEASED),
    ]
    found = phases([*first, (20, M.POOL_ENQUEUE), (25, M.POOL_ACQUIRED), *TAIL], STAMPS)
    assert found[:7] == [
        ("prepare", 0, 5), ("pool", 5, 6), ("send", 6, 8), ("wait", 8, 12), ("headers", 12, 14), ("body", 14, 16),
        ("release", 16, 20),
    ]  # fmt: skip
    assert found[7:13] == [
        ("pool", 20, 25), ("send", 25, 40), ("uplink", 40, 45), ("server", 45, 55), ("downlink", 55, 60), ("loop", 60, 70),
    ]  # fmt: skip


def test_a_reused_connection_that_proves_dead_is_not_a_wait_for_the_server() -> None:
    events = [(10, M.POOL_ENQUEUE), (15, M.POOL_ACQUIRED), (18, W), (25, M.POOL_ACQUIRED), *TAIL]
    assert phases(events)[:3] == [("prepare", 0, 10), ("pool", 10, 25), ("send", 25, 40)]


def test_a_pool_timeout_after_a_rejection_is_all_pool() -> None:
    events = [(10, M.POOL_ENQUEUE), (15, M.POOL_ACQUIRED), (99, M.HEADERS)]
    assert phases(events, answered=False) == [("prepare", 0, 10), ("pool", 10, 99), ("release", 99, 100)]


def test_a_read_timeout_is_a_wait_and_has_no_body() -> None:
    events = [(10, M.POOL_ENQUEUE), (15, M.POOL_ACQUIRED), (20, W), (95, M.HEADERS)]
    assert phases(events, answered=False)[3:] == [("wait", 20, 95), ("release", 95, 100)]


def test_a_connect_error_ends_in_its_phase() -> None:
    events = [(10, M.POOL_ENQUEUE), (15, M.POOL_ACQUIRED), (20, M.TCP_START)]
    assert phases(events, answered=False)[-1] == ("connect", 15, 100)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (KnownMarks(pool=False, headers=True, done=True), ("unattributed", 0, 40)),
        (KnownMarks(pool=True, headers=False, done=True), ("unattributed", 70, 90)),
        (KnownMarks(pool=True, headers=True, done=False), ("unattributed", 75, 100)),
    ],
)
def test_what_no_mark_claims_is_unattributed(known: KnownMarks, expected: tuple[str, int, int]) -> None:
    events = [(40, W), (70, R)]
    events += [(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED)] if known.pool else []
    events += [(75, M.HEADERS)] if known.headers else []
    events += [(90, M.DONE)] if known.done else []
    assert expected in phases(sorted(events), known=known)


def test_no_events_leave_one_segment() -> None:
    assert phases([]) == [(Phase.PREPARE, 0, 100)]
    assert phases([], known=KnownMarks(pool=False, headers=False, done=False)) == [(Phase.UNATTRIBUTED, 0, 100)]


def test_an_answer_on_a_connection_whose_writes_nobody_sees_was_waited_for() -> None:
    # trio's connections that were open before somebody attached: all but the answer would be sending.
    events = [(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (75, M.HEADERS), (90, M.DONE)]
    assert phases(events)[2:4] == [("wait", 20, 75), ("body", 75, 90)]
    # One that failed may not even have been sent.
    assert phases([(10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (75, M.HEADERS)], answered=False)[-1][0] != "wait"


def test_a_connection_that_its_pool_has_back_with_the_headers_is_done_with_when_the_body_is_read() -> None:
    events = [
        (10, M.POOL_ENQUEUE), (20, M.POOL_ACQUIRED), (40, W), (70, R), (75, M.HEADERS), (76, M.DONE), (77, M.RELEASED),
        (95, M.DONE), (96, M.RELEASED),
    ]  # fmt: skip
    assert phases(events)[-2:] == [("body", 75, 95), ("release", 95, 100)]
    # Where nobody sees that, the program may have the answer in its hands.
    assert phases(events[:-2])[-2:] == [("body", 75, 76), ("release", 76, 100)]
