"""The journal counts exactly, adds up, and subtracts."""

import asyncio
from collections import Counter

import aiohttp
import pytest

from clientprof.origin.process import OriginProcess
from clientprof.origin.truth.journal import Journal
from clientprof.origin.truth.tally import Tally
from origin_wire import Wire, eventually, settled


def test_what_one_client_caused_is_counted_exactly(origin: OriginProcess) -> None:
    targets = ["/1k"] * 40 + ["/status/404"] * 5 + ["/status/503"] * 3 + ["/delay/2"] * 4

    async def main() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8)) as session:

            async def fetch(target: str) -> None:
                async with session.get(origin.ready.base_url + target) as response:
                    await response.read()

            await asyncio.gather(*map(fetch, targets))

    before = settled(origin)
    origin.mark()
    asyncio.run(main())
    assert eventually(lambda: origin.journal().connections_open == 0)
    now = origin.journal()
    caused = now.since(before)
    assert caused.requests == caused.responses == len(targets)
    assert caused.by_status == {200: 44, 404: 5, 503: 3}
    assert caused.accepts == caused.connections_used == caused.max_connections_open == 8
    assert caused.closes == {"client": 8}
    assert sum(caused.closed_by_requests.values()) == 8
    assert sum(requests * count for requests, count in caused.closed_by_requests.items()) == len(targets)
    assert caused.delayed == 4
    assert caused.dropped == caused.faulted == caused.malformed == caused.in_flight == 0
    assert 1 <= caused.max_in_flight <= 8
    assert caused.cpu_us_per_request is not None
    assert caused.cpu_ns > 0
    now.self_check()


def test_mark_begins_a_new_interval_for_the_maxima(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as one, Wire(origin.ready.port) as two:
        assert one.ask("/1k").status == two.ask("/1k").status == 200
        assert origin.journal().max_connections_open >= 2
    assert eventually(lambda: origin.journal().connections_open == 0)
    origin.mark()
    assert origin.journal().max_connections_open == 0


def test_a_journal_survives_json() -> None:
    tally = Tally()
    tally.accepts = 1
    tally.opened()
    tally.closed("idle", 3)
    journal = tally.journal()
    assert Journal.from_json(journal.to_json()) == journal


def test_a_journal_with_a_missing_field_is_refused() -> None:
    values = Tally().journal().to_json()
    del values["accepts"]
    with pytest.raises(ValueError, match="accepts"):
        Journal.from_json(values)


def test_journals_of_two_servers_do_not_subtract() -> None:
    earlier, later = Tally().journal(), Tally().journal()
    with pytest.raises(ValueError, match="one server"):
        later.since(earlier)
    with pytest.raises(ValueError, match="the later minus the earlier"):
        earlier.since(later)


def test_nothing_happened_since_is_all_zero() -> None:
    tally = Tally()
    first = tally.journal()
    caused = tally.journal().since(first)
    assert (caused.requests, caused.accepts, caused.closes, caused.by_status) == (0, 0, {}, {})
    assert caused.cpu_us_per_request is caused.mean_server_time_us is caused.mean_delay_us is None


def test_self_check_finds_a_lost_request() -> None:
    tally = Tally()
    tally.requests = 1
    with pytest.raises(AssertionError, match="1 requests"):
        tally.journal().self_check()


def test_everything_in_the_session_adds_up(origin: OriginProcess) -> None:
    assert eventually(lambda: origin.journal().in_flight == 0)
    journal = origin.journal()
    journal.self_check()
    assert Counter(journal.closes).total() + journal.connections_open == journal.accepts
