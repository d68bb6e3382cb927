"""Every feature that an adapter claims is tried with the real package; the same is asked of all clients."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from clientprof.clients.adapter import AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.origin.answers.bodies import body
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from recording_server import recording_server
from using_clients import WAIT_S, fetch_one, needs, settled, with_client

PAYLOAD = b"".join(b"%07d\n" % number for number in range(40_000))  # five pieces


@pytest.fixture(scope="session")
def http2_origin() -> Iterator[OriginProcess]:
    """An origin that offers HTTP/2."""
    with OriginProcess(Options(tls=True, http2=True)) as running:
        yield running


def received(size_bytes: int, content: bytes) -> str:
    return f"{size_bytes} {hashlib.sha256(content).hexdigest()}"


@pytest.mark.parametrize("size", ["0", "1k", "1m"])
def test_all_clients_read_the_same_bytes(adapter: AsyncAdapter, origin: OriginProcess, size: str) -> None:
    before = settled(origin)
    answer = fetch_one(adapter, ClientOptions(), Request(f"{origin.ready.base_url}/{size}", keep=True))
    expected = bytes(body({"0": 0, "1k": 1024, "1m": 1024**2}[size]))
    assert answer.body is not None
    assert (answer.status, answer.body_bytes, hashlib.sha256(answer.body).digest()) == (
        200,
        len(expected),
        hashlib.sha256(expected).digest(),
    )
    assert settled(origin).since(before).requests == 1


def test_the_origin_counts_exactly_the_requests_made(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    before = settled(origin)

    async def use(client: Any) -> list[int]:
        request = Request(f"{origin.ready.base_url}/100")
        return [
            answer.status
            for _ in range(3)
            for answer in await asyncio.gather(*(adapter.fetch(client, request) for _ in range(40)))
        ]

    assert with_client(adapter, ClientOptions(), use) == [200] * 120
    journal = settled(origin).since(before)
    assert (journal.requests, journal.responses, journal.malformed) == (120, 120, 0)


def test_idle_connections_are_closed_down_to_the_limit(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    needs(adapter, Feature.KEEPALIVE)
    settled(origin)

    async def use(client: Any) -> int:
        request = Request(f"{origin.ready.base_url}/delay/20/100")
        await asyncio.gather(*(adapter.fetch(client, request) for _ in range(6)))
        deadline_s = time.monotonic() + WAIT_S
        while (still_open := origin.journal().connections_open) > 2 and time.monotonic() < deadline_s:
            await asyncio.sleep(0.02)
        return still_open

    assert with_client(adapter, ClientOptions(keepalive=2), use) == 2


@pytest.mark.parametrize("reading", [Reading.PIECES, Reading.LINES])
def test_a_body_read_piece_by_piece_is_the_same(adapter: AsyncAdapter, origin: OriginProcess, reading: Reading) -> None:
    needs(adapter, Feature.STREAMED)
    url = f"{origin.ready.base_url}/sse/5x64/5"
    whole = fetch_one(adapter, ClientOptions(), Request(url, keep=True))
    pieces = fetch_one(adapter, ClientOptions(), Request(url, reading=reading, keep=True))
    assert whole.body is not None
    assert whole.body.count(b"\n") >= 5
    assert (pieces.status, pieces.body_bytes, pieces.body) == (200, len(whole.body), whole.body)
    counted = fetch_one(adapter, ClientOptions(), Request(url, reading=reading))
    assert counted.body_bytes == len(whole.body)


@pytest.mark.parametrize("sending", [Sending.BYTES, Sending.STREAM])
def test_an_upload_arrives_whole(adapter: AsyncAdapter, origin: OriginProcess, sending: Sending) -> None:
    if sending is Sending.STREAM:
        needs(adapter, Feature.UPLOAD_STREAM)
    for path in ("/upload", "/echo"):
        request = Request(f"{origin.ready.base_url}{path}", "POST", PAYLOAD, sending, keep=True)
        answer = fetch_one(adapter, ClientOptions(), request)
        assert answer.headers.get("x-clientprof-received") == received(len(PAYLOAD), PAYLOAD)
        assert answer.body == (PAYLOAD if path == "/echo" else b"")


def test_a_multipart_upload_holds_the_file(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    needs(adapter, Feature.MULTIPART)
    request = Request(f"{origin.ready.base_url}/echo", "POST", PAYLOAD, Sending.MULTIPART, keep=True)
    answer = fetch_one(adapter, ClientOptions(), request)
    assert answer.body is not None
    head, _, rest = answer.body.partition(b"\r\n\r\n")
    assert head.startswith(b"--")
    assert b'name="file"' in head
    assert b'filename="body.bin"' in head
    assert rest.startswith(PAYLOAD + b"\r\n--")


def test_cookies_of_the_jar_are_sent_and_those_of_responses_kept(adapter: AsyncAdapter) -> None:
    needs(adapter, Feature.COOKIE_JAR)

    async def main() -> None:
        async with recording_server("Set-Cookie: fresh=yes; Path=/\r\n") as seen:
            client = adapter.build(ClientOptions(jar=3, cookies=True, urls=(seen.url,)))
            try:
                for _ in range(2):
                    await adapter.fetch(client, Request(seen.url))
            finally:
                await adapter.close(client)
            jar = {f"jar{number}": f"value{number}" for number in range(3)}
            assert seen.cookies(0) == jar
            assert seen.cookies(1) == {**jar, "fresh": "yes"}

    asyncio.run(main())


def test_redirects_are_followed_when_asked_for(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    before = settled(origin)
    answer = fetch_one(adapter, ClientOptions(redirects=True), Request(f"{origin.ready.base_url}/redirect/3"))
    assert answer[:2] == (200, 1024)
    assert settled(origin).since(before).requests == 4


def test_redirects_are_not_followed_unless_asked_for_so_that_no_request_is_sent_beyond_those_stated(
    adapter: AsyncAdapter, origin: OriginProcess
) -> None:
    for request in ({}, {"method": "POST", "body": PAYLOAD}):
        before = settled(origin)
        answer = fetch_one(adapter, ClientOptions(), Request(f"{origin.ready.base_url}/redirect/3", **request))
        assert 300 <= answer.status < 400
        assert settled(origin).since(before).requests == 1


def test_http2_carries_many_requests_over_one_connection(adapter: AsyncAdapter, http2_origin: OriginProcess) -> None:
    needs(adapter, Feature.HTTP2)
    ready = http2_origin.ready
    before = settled(http2_origin)

    async def use(client: Any) -> list[tuple[int, int]]:
        request = Request(f"{ready.base_url}/delay/20/1500")
        # The first one opens the connection; several at once may open one each.
        first = await adapter.fetch(client, request)
        others = await asyncio.gather(*(adapter.fetch(client, request) for _ in range(8)))
        return [(answer.status, answer.body_bytes) for answer in (first, *others)]

    assert with_client(adapter, ClientOptions(ca_file=ready.ca_file, http2=True), use) == [(200, 1500)] * 9
    journal = settled(http2_origin).since(before)
    assert journal.http2_requests == 9
    # niquests shares a connection only among requests that are sent lazily and gathered later.
    assert journal.http2_connections <= (8 if adapter.package == "niquests" else 1)
    assert journal.max_in_flight > 1


def test_without_being_asked_a_client_speaks_http_1(adapter: AsyncAdapter, http2_origin: OriginProcess) -> None:
    ready = http2_origin.ready
    before = settled(http2_origin)
    answer = fetch_one(adapter, ClientOptions(ca_file=ready.ca_file), Request(f"{ready.base_url}/1k"))
    assert answer[:2] == (200, 1024)
    journal = settled(http2_origin).since(before)
    assert (journal.requests, journal.http2_requests) == (1, 0)


def test_the_client_runs_on_uvloop(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    needs(adapter, Feature.UVLOOP)
    import uvloop

    async def main() -> list[int]:
        client = adapter.build(ClientOptions())
        try:
            request = Request(f"{origin.ready.base_url}/1k")
            return [
                answer.status for answer in await asyncio.gather(*(adapter.fetch(client, request) for _ in range(5)))
            ]
        finally:
            await adapter.close(client)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == [200] * 5
