"""A program with a running loop, open connections and clients in use; it is attached to from inside, as from outside."""

import asyncio
import fcntl
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from clientprof.recording.segments import HELD, STATE, STOP, read_lines
from clientprof.workload.programs.attached import enter
from patchable_attributes import snapshot

LOOPS = ("asyncio", "uvloop")


def run(loop: str, main: Coroutine[Any, Any, None]) -> None:
    """Run the program on that loop."""
    if loop == "uvloop":
        import uvloop

        uvloop.run(main)
    else:
        asyncio.run(main)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A keep-alive server of one answer."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


class Program:
    """Two clients with an open connection each. ``use`` makes a request with both."""

    def __init__(self, client: httpx.AsyncClient, session: aiohttp.ClientSession, url: str) -> None:
        self.client, self.session, self.url = client, session, url

    async def use(self) -> None:
        assert (await self.client.get(self.url)).text == "hello"
        async with self.session.get(self.url) as response:
            assert await response.text() == "hello"


@asynccontextmanager
async def program() -> AsyncIterator[Program]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        async with httpx.AsyncClient(trust_env=False) as client, aiohttp.ClientSession() as session:
            made = Program(client, session, url)
            await made.use()
            yield made
    finally:
        server.close()
        await asyncio.sleep(0.01)  # its connections see that theirs are over


class Attached:
    """An attachment by a folder, whose lock this object holds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._held = os.open(folder / HELD, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._held, fcntl.LOCK_EX)
        (folder / "from").write_text("0")

    def let_go(self) -> None:
        os.close(self._held)

    def said(self) -> dict[str, Any]:
        return {line[0]: line[1] for line in read_lines(self.folder / STATE)}

    async def until(self, word: str) -> Any:
        for _ in range(500):
            if word in self.said():
                return self.said()[word]
            await asyncio.sleep(0.01)
        raise AssertionError(f"never {word}: {json.dumps(self.said())}")

    async def attach(self) -> None:
        enter.attach(str(self.folder), "always 1")
        await self.until("ready")

    async def detach(self) -> Any:
        enter.detach(str(self.folder))
        return await self.until("left")

    def stop(self) -> None:
        (self.folder / STOP).touch()


def _parts(thing: Any) -> tuple[Any, ...]:
    """What an object is, and what attributes it has."""
    return type(thing), tuple(sorted(getattr(thing, "__dict__", ())))


def _function(bound: Any) -> Any:
    return getattr(bound, "__func__", bound)


def everything(of: Program) -> dict[Any, Any]:
    """All that the instruments could have changed in this process and in the running loop."""
    import uvloop

    loop: Any = asyncio.get_running_loop()
    gc.collect()  # connections that were closed may be there still
    found: dict[Any, Any] = dict(snapshot())
    for owner in (os, signal, uvloop, uvloop.Loop, asyncio.StreamReaderProtocol, asyncio.SelectorEventLoop):
        found.update({(repr(owner), name): value for name, value in vars(owner).items()})
    found["loop"] = _parts(loop)
    found["selector"] = _parts(getattr(loop, "_selector", None))
    if hasattr(loop, "_transports"):
        for number, transport in loop._transports.items():
            found["transport", number] = _parts(transport)
            if transport.is_reading():
                found["reader", number] = _function(loop._selector.get_key(number).data[0]._callback)
    protocols = [each for each in gc.get_objects() if type(each).__name__ in ("StreamProtocol", "ResponseHandler")]
    for protocol in protocols:
        found["protocol", id(protocol)] = type(vars(protocol).get("transport"))
    found["streams"] = sorted(
        str(type(each._transport)) for each in gc.get_objects() if type(each).__name__ == "SocketStream"
    )
    found["garbage"] = len(gc.callbacks)
    found["finders"] = list(map(type, sys.meta_path))
    found["signals"] = {number: signal.getsignal(number) for number in signal.valid_signals()}
    found["timer"] = signal.getitimer(signal.ITIMER_REAL)
    return found


def alive(kind: type[Any]) -> int:
    """How many objects of a class there are."""
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())
