"""The floor reads every form of response, however it is cut, and shares its connections fairly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clientprof.clients.own.floor import FloorClient
from clientprof.clients.own.floor_connection import FloorError, FloorResponse
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from using_clients import settled


@asynccontextmanager
async def answering(*pieces: bytes, close: bool = False) -> AsyncIterator[str]:
    """A server that answers every request with these pieces, one write each; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if close:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/"
    finally:
        server.close()


def responses(*pieces: bytes, close: bool = False, count: int = 2) -> list[FloorResponse]:
    """What the floor makes of them, for requests one after another."""

    async def main() -> list[FloorResponse]:
        async with answering(*pieces, close=close) as url:
            client = FloorClient(timeout_s=5)
            try:
                return [await client.fetch(url) for _ in range(count)]
            finally:
                await client.close()

    return asyncio.run(main())


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n"
)
SIZED = b"HTTP/1.1 200 OK\r\nX-Odd:   spaced  \r\ncontent-LENGTH: 11\r\n\r\nhello world"


@pytest.mark.parametrize("whole", [CHUNKED, SIZED], ids=["chunked", "sized"])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_response_is_the_same_wherever_it_is_cut(whole: bytes, step: int) -> None:
    pieces = [whole[start : start + step] for start in range(0, len(whole), step)]
    for response in responses(*pieces):
        assert (response.status, response.body) == (200, b"hello world")


def test_headers_are_looked_up_without_regard_to_case() -> None:
    (response,) = responses(SIZED, count=1)
    assert response.headers.get("x-ODD") == "spaced"
    assert response.headers.get("odd") is None


def test_a_body_without_length_ends_with_the_connection() -> None:
    assert [r.body for r in responses(b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo", close=True)] == [b"hello", b"hello"]


def test_an_interim_response_is_passed_over() -> None:
    assert [r.body for r in responses(b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED)] == [b"hello world"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nfar too long",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-9\r\nhello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_a_response_that_makes_no_sense_is_an_error(answer: bytes) -> None:
    with pytest.raises(FloorError):
        responses(answer)


def test_whoever_finds_no_connection_waits_in_line(origin: OriginProcess) -> None:
    async def main() -> list[int]:
        client = FloorClient(limit=1)
        order: list[int] = []

        async def one(number: int) -> None:
            await client.fetch(f"{origin.ready.base_url}/delay/2/10")
            order.append(number)

        await asyncio.gather(*map(one, range(6)))
        await client.close()
        return order

    before = settled(origin)
    assert asyncio.run(main()) == [0, 1, 2, 3, 4, 5]
    assert settled(origin).since(before).accepts == 1


def test_one_who_gives_up_waiting_leaves_the_line_to_the_others(origin: OriginProcess) -> None:
    async def main() -> list[int]:
        client = FloorClient(limit=1)
        tasks = [asyncio.create_task(client.fetch(f"{origin.ready.base_url}/delay/20/{n}")) for n in range(1, 5)]
        await asyncio.sleep(0.005)
        tasks[1].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()
        return [len(answer.body) for answer in done if isinstance(answer, FloorResponse)]

    assert asyncio.run(main()) == [1, 3, 4]


def test_the_limit_holds_over_several_hosts() -> None:
    async def main(urls: tuple[str, ...]) -> set[int]:
        client = FloorClient(limit=2)
        answers = await asyncio.gather(*(client.fetch(f"{url}/delay/2/10") for url in urls * 4))
        await client.close()
        return {answer.status for answer in answers}

    with OriginProcess(Options(hosts=4)) as several:
        assert asyncio.run(main(several.ready.base_urls)) == {200}
        journal = settled(several)
    assert journal.requests == 16
    # It may hear of a connection's end after the next one's beginning.
    assert journal.max_connections_open <= 3


def test_after_a_connection_that_fails_the_next_in_line_opens_one(origin: OriginProcess) -> None:
    async def main() -> list[str]:
        client = FloorClient(limit=1)
        paths = ("/fault/reset", "/10", "/fault/truncate/5000", "/10")
        answers = await asyncio.gather(
            *(client.fetch(origin.ready.base_url + path) for path in paths), return_exceptions=True
        )
        await client.close()
        return [type(answer).__name__ for answer in answers]

    assert asyncio.run(main()) == ["FloorError", "FloorResponse", "FloorError", "FloorResponse"]
