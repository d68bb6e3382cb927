"""Counting in a tried program: a request is the outermost call, whatever it calls; counts survive the process."""

import asyncio
import contextvars
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clientprof.clients.programs import OBSERVED
from clientprof.origin.process import OriginProcess
from clientprof.probes.patches import Patches
from clientprof.recording.trial_counts import CountsFile, TrialCounts, read_counts
from clientprof.workload.changes import Change
from clientprof.workload.programs.trying.counted_calls import CountedParts, Counting, wrap_calls
from clientprof.workload.programs.trying.orders import Order, read_orders, write_orders


class Client:
    """Calls itself, as httpx's ``request`` calls ``send``."""

    async def request(self) -> str:
        return await self.send()

    async def send(self) -> str:
        return "answer"

    async def break_off(self) -> None:
        raise ValueError("broken")


@pytest.fixture
def counting(tmp_path: Path) -> Any:
    told: list[dict[str, Any]] = []
    made = Counting(CountsFile(str(tmp_path / "counts")), told.append)
    patches = Patches()
    for name in ("request", "send", "break_off"):
        wrap_calls(OBSERVED["httpx"], made, patches, f"{__name__}:Client.{name}", body=False)
    yield told
    patches.restore()


def test_a_call_inside_a_call_is_the_same_request(tmp_path: Path, counting: list[dict[str, Any]]) -> None:
    async def main() -> None:
        client = Client()
        assert await client.request() == "answer"
        assert await client.send() == "answer"

    asyncio.run(main())
    found = read_counts(tmp_path / "counts")
    assert (found.started, found.ended, found.failed) == (2, 2, 0)
    assert found.last_ns > found.first_ns > 0
    assert found.last_cpu_ns >= found.first_cpu_ns > 0
    assert [line["client"] for line in counting] == ["httpx"], "a client object is told of once"


def test_what_raises_ends_as_failed_and_raises_all_the_same(tmp_path: Path, counting: object) -> None:
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(Client().break_off())
    assert read_counts(tmp_path / "counts")[:3] == (1, 1, 1)


def test_a_task_made_in_a_call_makes_requests_of_its_own(tmp_path: Path, counting: object) -> None:
    class Spawning(Client):
        async def send(self) -> str:
            self.task = asyncio.ensure_future(asyncio.sleep(0.01, None))
            self.task.add_done_callback(lambda _task: None)
            self.later = asyncio.ensure_future(self._later())
            return "answer"

        async def _later(self) -> None:
            await self.task
            await Client().send()

    async def main() -> None:
        client = Spawning()
        await client.request()
        await client.later

    asyncio.run(main())
    assert read_counts(tmp_path / "counts").ended == 2


def test_counts_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = CountsFile(str(tmp_path / "counts"))
    assert read_counts(tmp_path / "counts") == TrialCounts()
    file.write(*range(8))
    assert read_counts(tmp_path / "counts") == TrialCounts(*range(8))


def test_orders_are_read_as_they_were_written(tmp_path: Path) -> None:
    orders = (Order("limit=7", "httpx", Change(file="a.py", name="apply", argument="httpcore:7")),)
    write_orders(tmp_path, orders, "/x:/y")
    assert read_orders(str(tmp_path)) == (orders, "/x:/y")


def test_requests_of_connections_are_counted_once_whoever_makes_them(tmp_path: Path, origin: OriginProcess) -> None:
    counting, patches = Counting(CountsFile(str(tmp_path / "counts")), lambda _line: None), Patches()
    direct, opener = OBSERVED["http.client"], OBSERVED["urllib.request"]
    parts = CountedParts(direct, counting)
    for target in parts.targets():
        parts.wrap(patches, target)
    wrap_calls(opener, counting, patches, opener.entries[0], body=False)
    url = urlsplit(f"{origin.ready.base_url}/1k")
    try:
        connection = http.client.HTTPConnection(url.netloc)
        for _ in range(2):
            connection.request("GET", url.path)
            connection.getresponse().read()
        connection.close()
        with urllib.request.urlopen(url.geturl()), urllib.request.urlopen("data:,none"):
            pass
        for status in (404, 503):
            with pytest.raises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(f"{origin.ready.base_url}/status/{status}")
            raised.value.close()
        with pytest.raises(ConnectionRefusedError):
            http.client.HTTPConnection("127.0.0.1:9").request("GET", "/")
    finally:
        patches.restore()
    assert read_counts(tmp_path / "counts")[:3] == (6, 6, 1)


def test_a_request_whose_connection_is_closed_is_over_for_all_that_were_made_in_it(
    tmp_path: Path, origin: OriginProcess
) -> None:
    counting, patches = Counting(CountsFile(str(tmp_path / "counts")), lambda _line: None), Patches()
    parts = CountedParts(OBSERVED["http.client"], counting)
    for target in parts.targets():
        parts.wrap(patches, target)
    url = urlsplit(f"{origin.ready.base_url}/1k?delay=20")
    contexts: list[contextvars.Context] = []

    def asks() -> None:
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("GET", "/1k")
        connection.getresponse().read()
        connection.close()

    def body() -> Iterator[bytes]:
        contexts.append(contextvars.copy_context())
        yield b"abc"

    try:
        connection = http.client.HTTPConnection(url.netloc)
        connection.connect()
        for _ in range(2):
            connection.request("POST", "/echo", body(), {"Content-Length": "3"})
            connection.close()
        del connection
        abandoned = http.client.HTTPConnection(url.netloc)
        abandoned.request("POST", "/echo", body(), {"Content-Length": "3"})
        abandoned.sock.close()
        del abandoned
        for context in contexts:
            context.run(asks)
    finally:
        patches.restore()
    assert (len(contexts), read_counts(tmp_path / "counts")[:3]) == (3, (6, 3, 0))
