"""After the outermost block every attribute is the very object that it was; in between no loop and no client is changed."""

import asyncio
import gc
import sys
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import uvloop

import clientprof
from clientprof.origin.process import OriginProcess
from clientprof.probes.patches import Patches
from patchable_attributes import snapshot


def attributes() -> dict[tuple[str, str], Any]:
    uvloops = {("uvloop.Loop", name): value for name, value in vars(uvloop.Loop).items()}
    return {**snapshot(), **uvloops}


def changed(before: dict[tuple[str, str], Any]) -> list[tuple[str, str]]:
    after = attributes()
    return [key for key in {**before, **after} if before.get(key, key) is not after.get(key, key)]


def test_everything_is_put_back_when_the_outermost_block_closes(origin: OriginProcess) -> None:
    before, finders = attributes(), list(sys.meta_path)
    with clientprof.watching():
        open_ = changed(before)
        with clientprof.watching():
            requests.get(f"{origin.ready.base_url}/1k")
            assert changed(before) == open_
        assert changed(before) == open_
    names = {f"{owner} {name}" for owner, name in open_}
    for part in ("_run_once", "sock_connect", "do_handshake", "Session'> send", "_request", "uvloop.Loop call_soon"):
        assert any(part in name for name in names), part
    assert changed(before) == []
    assert sys.meta_path == finders


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_objects_that_are_there_already_are_not_touched(run: Any, origin: OriginProcess) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
            there = (loop, client, session, session.connector)
            watched.extend((each, type(each), sorted(vars(each))) for each in there)
            async with clientprof.watching() as seen:
                await client.get(f"{origin.ready.base_url}/1k")
                for each, kind, names in watched:
                    assert (type(each), sorted(vars(each))) == (kind, names)
            assert seen.requests == 1

    watched: list[tuple[Any, type, list[str]]] = []
    run(main())


def test_a_call_that_is_under_way_when_the_block_closes_ends_well(origin: OriginProcess) -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client:
            async with clientprof.watching() as seen:
                call = asyncio.create_task(client.get(f"{origin.ready.base_url}/1k?delay=50"))
                while not seen.requests:
                    await asyncio.sleep(0)
            assert (await call).status_code == 200
            async with clientprof.watching() as again:
                await client.get(f"{origin.ready.base_url}/1k")
        assert (seen.requests, again.requests) == (1, 1)

    before = attributes()
    asyncio.run(main())
    assert changed(before) == []


def test_a_block_leaves_nothing_of_itself_in_memory() -> None:
    from clientprof.workload.watching.instruments import Instruments

    for _ in range(3):
        with clientprof.watching():
            pass
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, Instruments)] == []


class Owner:
    def method(self) -> str:
        return "own"


def test_what_somebody_else_replaced_meanwhile_stays_his() -> None:
    patches, theirs = Patches(), lambda self: "theirs"
    patches.set(Owner, "method", lambda self: "ours")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Owner, "method", theirs)
        patches.restore_ours()
        assert Owner().method() == "theirs"
    monkeypatch.undo()


def test_what_somebody_else_undid_meanwhile_is_not_brought_back() -> None:
    original = Owner.method
    Owner.method = lambda self: "theirs"  # type: ignore[method-assign]
    patches = Patches()
    patches.set(Owner, "method", lambda self: "ours")
    Owner.method = original  # type: ignore[method-assign]
    patches.restore_ours()
    assert Owner.method is original
