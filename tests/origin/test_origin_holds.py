"""Held answers: requests and connections are taken, and nothing is answered until the release."""

import asyncio

import httpx
import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled


@pytest.mark.parametrize("target", ["/1k", "/delay/1/1k", "/stream/3x10/1"])
def test_a_held_answer_comes_after_the_release_and_not_before(origin: OriginProcess, target: str) -> None:
    before = settled(origin)
    origin.hold()
    try:
        with Wire(origin.ready.port) as first, Wire(origin.ready.port) as second:
            for wire in (first, second):
                wire.get(target)
            assert eventually(lambda: origin.journal().since(before).requests == 2)
            assert origin.journal().since(before).responses == 0
            origin.release()
            assert [wire.answer().status for wire in (first, second)] == [200, 200]
            # What comes later is answered at once, on the same connection too.
            assert first.ask("/1k").status == 200
    finally:
        origin.release()
    assert settled(origin).in_flight == 0


def test_a_client_that_leaves_while_its_answer_is_held_gets_none_and_harms_nobody(origin: OriginProcess) -> None:
    before = settled(origin)
    origin.hold()
    with Wire(origin.ready.port) as wire:
        wire.get("/1k")
        assert eventually(lambda: origin.journal().since(before).requests == 1)
    assert settled(origin).in_flight == 0
    origin.release()
    with Wire(origin.ready.port) as wire:
        assert wire.ask("/1k").status == 200


def test_http2_streams_are_held_too() -> None:
    async def main(origin: OriginProcess) -> list[int]:
        async with httpx.AsyncClient(
            base_url=origin.ready.base_url, http1=False, http2=True, trust_env=False, timeout=30
        ) as client:
            asking = [asyncio.create_task(client.get(target)) for target in ("/1k", "/delay/1/1k")]
            while origin.journal().requests < 2:
                await asyncio.sleep(0)
            assert origin.journal().responses == 0
            origin.release()
            return [answer.status_code for answer in await asyncio.gather(*asking)]

    with OriginProcess(Options(http2=True)) as running:
        running.hold()
        assert asyncio.run(main(running)) == [200, 200]
