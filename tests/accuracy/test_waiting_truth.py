"""The server's time and the loop's queue, against the origin's log and a known culprit."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from clientprof.clients import CLIENTS
from clientprof.proof.checks.blame import MANY_BLOCKS, ONE_BLOCK, blamed, held
from clientprof.proof.checks.waiting import CONCURRENCIES, DELAYS, server_wait
from clientprof.proof.planting.orders import BlockOrder
from clientprof.workload.load.scenario import Loop
from verdict_rules import settle

pytestmark = pytest.mark.slow


LOOPS = [Loop.ASYNCIO, Loop.UVLOOP]
AT_ONCE = 4


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("client", ["aiohttp", "httpx"])
def test_the_servers_time_is_what_its_own_log_says(client: str, loop: Loop) -> None:
    assert client in CLIENTS
    # Some at a time: the truth is the origin's own log of the same requests, and mostly they wait.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = [
            pool.submit(server_wait, client, delay, concurrency, min(512, 64 * concurrency), seed=1, loop=loop)
            for delay in DELAYS
            for concurrency in CONCURRENCIES
        ]
        settle([each.result() for each in results])


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("blocks", [ONE_BLOCK, MANY_BLOCKS], ids=["one", "many"])
@pytest.mark.parametrize(("client", "concurrency"), [("aiohttp", 64), ("aiohttp", 512), ("httpx", 16)])
def test_queueing_for_the_loop_is_blamed_on_who_held_it(
    client: str, concurrency: int, blocks: BlockOrder, loop: Loop
) -> None:
    settle([blamed(held(client, blocks, concurrency, 3, seed=1, loop=loop), blocks)])
