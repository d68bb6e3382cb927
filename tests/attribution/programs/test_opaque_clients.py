"""Clients that do their work outside Python: what no mark claims is waiting, and nobody counts their connections."""

from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName
from clientprof.model.programs.results import ProgramResult
from programs_by_hand import Made, Program

OPAQUE = ClientName("curl-cffi", "1", blocking=False, opaque=True)
BLOCKING = ClientName("curl-cffi-sync", "1", blocking=True, opaque=True)
POOL = [(Mark.POOL_ENQUEUE, 2), (Mark.POOL_ACQUIRED, 40)]
STEPS = [(0, 0), (200, -1)]


def phases(result: ProgramResult) -> dict[str, float]:
    (site,) = result.call_sites
    return {row.phase: row.wall_us / 1000 for row in site.phases}


def test_what_no_mark_claims_is_the_wait_and_the_wait_for_a_handle_is_the_pools() -> None:
    result = Program([Made(1, 100, marks=POOL, returned=100)], steps=STEPS, client=OPAQUE).result()
    assert phases(result) == {"pool": 38.0, "wait": 61.0}
    assert result.unattributed_share == 0.0
    assert [notice.id for notice in result.notices] == ["opaque"]


def test_what_comes_after_the_call_has_returned_is_in_the_programs_hands() -> None:
    made = Made(1, 100, marks=POOL, returned=70, resumed=0)
    result = Program([made], steps=STEPS, client=OPAQUE).result()
    assert phases(result) == {"pool": 38.0, "wait": 31.0, "stream": 30.0}


def test_a_call_that_failed_waited_until_then() -> None:
    result = Program([Made(1, 100, error="Timeout", returned=100)], steps=STEPS, client=OPAQUE).result()
    assert phases(result) == {"wait": 99.0}


def test_in_threads_nobody_knows_what_a_call_does_meanwhile() -> None:
    result = Program([Made(1, 100, returned=100)], client=BLOCKING).result()
    assert phases(result) == {"wait": 99.0}
    (site,) = result.call_sites
    assert [(row.cpu_us, row.ready_us) for row in site.phases] == [(None, None)]


def test_connections_are_not_counted_where_some_are_not_seen() -> None:
    seen = Program([Made(1, 100, returned=100)]).result()
    unseen = Program([Made(1, 100, returned=100)], client=BLOCKING).result()
    assert {row.name for row in seen.counters} - {row.name for row in unseen.counters} == {
        "connections_opened_per_1000_requests", "handshakes_per_1000_requests", "name_lookups_per_1000_requests",
    }  # fmt: skip
    assert [row.connects_per_1000 for row in (*seen.call_sites, *unseen.call_sites)] == [0.0, None]
