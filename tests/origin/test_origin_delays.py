"""Delays: never shorter than asked, seeded, the same for every arm."""

import asyncio
import statistics

import aiohttp
import pytest

from clientprof.origin.answers.delays import DelayBook, bimodal, exponential
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled
from test_origin_stamps import stamps


def delay_ns(wire: Wire, target: str) -> int:
    received_ns, written_ns = stamps(wire.ask(target))
    return written_ns - received_ns


@pytest.mark.parametrize("ms", [0, 1, 2.5, 30])
def test_a_delay_is_never_shorter_than_asked(origin: OriginProcess, ms: float) -> None:
    with Wire(origin.ready.port) as wire:
        waited_ns = [delay_ns(wire, f"/delay/{ms}") for _ in range(5)]
    assert min(waited_ns) >= ms * 1e6
    assert min(waited_ns) < ms * 1e6 + 0.5e9


def test_many_delays_run_at_the_same_time_and_the_journal_knows_them(origin: OriginProcess) -> None:
    async def main() -> int:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def fetch() -> int:
                async with session.get(f"{origin.ready.base_url}/delay/300/10") as response:
                    return len(await response.read())

            return sum(await asyncio.gather(*(fetch() for _ in range(200))))

    origin.mark()
    before = settled(origin)
    assert asyncio.run(main()) == 2000
    caused = origin.journal().since(before)
    assert caused.max_in_flight > 20  # one after the other would be 1
    assert caused.requests == caused.responses == caused.delayed == 200
    assert caused.delay_ns >= 200 * 300 * 1_000_000
    assert caused.server_time_ns >= caused.delay_ns
    assert caused.mean_delay_us is not None
    assert caused.mean_delay_us >= 300_000


def test_a_seed_gives_the_same_sequence_after_each_mark(origin: OriginProcess) -> None:
    expected = exponential(20.0, 7)
    wanted_ms = [expected.next_ms() for _ in range(10)]
    for _ in range(2):
        origin.mark()
        with Wire(origin.ready.port) as wire:
            waited_ms = [delay_ns(wire, "/delay/exp/20/10?seed=7") / 1e6 for _ in wanted_ms]
        assert all(waited >= wanted - 1e-6 for waited, wanted in zip(waited_ms, wanted_ms, strict=True))


def test_restarting_the_book_begins_every_sequence_again() -> None:
    book = DelayBook(1)
    sequences = book.exponential(5.0, None), book.bimodal(1.0, 2.0, 9)
    first = [[sequence.next_ms() for _ in range(30)] for sequence in sequences]
    book.restart()
    assert [[sequence.next_ms() for _ in range(30)] for sequence in sequences] == first


def test_exponential_delays_have_the_mean_they_were_given() -> None:
    sequence = exponential(50.0, 1)
    draws = [sequence.next_ms() for _ in range(20_000)]
    assert statistics.fmean(draws) == pytest.approx(50.0, rel=0.05)
    assert statistics.median(draws) == pytest.approx(50.0 * 0.6931, rel=0.05)


def test_bimodal_delays_are_low_in_nine_of_ten() -> None:
    sequence = bimodal(1.0, 9.0, 1)
    draws = [sequence.next_ms() for _ in range(20_000)]
    assert set(draws) == {1.0, 9.0}
    assert draws.count(1.0) / len(draws) == pytest.approx(0.9, abs=0.01)


def test_bimodal_is_served(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        assert delay_ns(wire, "/delay/bimodal/2/4/10") >= 2_000_000


def test_sequences_differ_by_seed_and_are_shared_by_sizes() -> None:
    book = DelayBook(1)
    assert book.exponential(5.0, None) is book.exponential(5.0, 1)
    assert book.exponential(5.0, 2).next_ms() != book.exponential(5.0, 1).next_ms()


def test_a_request_whose_client_leaves_during_its_delay_is_dropped(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.get("/delay/60000")
        assert eventually(lambda: origin.journal().in_flight == 1)
    assert eventually(lambda: origin.journal().since(before).dropped == 1)
    caused = origin.journal().since(before)
    assert (caused.requests, caused.responses, caused.in_flight, caused.delayed) == (1, 0, 0, 0)
    assert caused.closes == {"client": 1}
