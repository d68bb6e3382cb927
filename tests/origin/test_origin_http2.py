"""HTTP/2: the same routes, stamps and counts as in HTTP/1.1, asked by a real client over TLS and in the clear."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Iterator

import httpx
import pytest

from clientprof.origin.answers.bodies import body
from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess
from clientprof.origin.routing.expected import expected
from clientprof.recording.clock import clock_identity, parse_stamps
from measurable_clients import HTTPX_READS_ZSTD
from origin_wire import Wire, eventually, settled


@pytest.fixture(scope="module", params=["tls", "cleartext"])
def http2_origin(request: pytest.FixtureRequest, engine: str) -> Iterator[OriginProcess]:
    with OriginProcess(Options(engine=engine, tls=request.param == "tls", http2=True, hosts=2)) as running:
        yield running


def new_client(origin: OriginProcess) -> httpx.AsyncClient:
    verify = ssl.create_default_context(cafile=origin.ready.ca_file) if origin.ready.ca_file else True
    return httpx.AsyncClient(
        base_url=origin.ready.base_url, http1=False, http2=True, verify=verify, trust_env=False, timeout=30
    )


def ask(
    origin: OriginProcess, *targets: str, method: str = "GET", content: bytes | None = None
) -> list[httpx.Response]:
    """All targets at once over one client."""

    async def main() -> list[httpx.Response]:
        async with new_client(origin) as client:
            asked = (client.request(method, target, content=content, follow_redirects=True) for target in targets)
            return await asyncio.gather(*asked)

    return asyncio.run(main())


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/1k",
            "/0",
            "/2m",
            "/64k?encoding=gzip&chunks=8&cookies=3&delay=1",
            "/br/64k",
            pytest.param("/zstd/64k", marks=HTTPX_READS_ZSTD),
            "/chunked/3x1000",
        ),
        *("/stream/5x100/1?delay=exp-1", "/sse/4x64/1", "/status/404", "/status/204", "/status/599", "/upload"),
        *("/redirect/2?to=/64k%3Fchunks%3D8&delay=1", "/no/such", "/1k?chunks=0", "/fault/stall/30", "/0?cookies=500"),
    ],
)
def test_every_route_gives_what_is_expected(http2_origin: OriginProcess, target: str) -> None:
    before = settled(http2_origin)
    (response,) = ask(http2_origin, target)
    told = expected(target)
    assert response.http_version == "HTTP/2"
    assert response.status_code == told.status
    if told.sha256 is not None:
        assert hashlib.sha256(response.content).hexdigest() == told.sha256
    caused = http2_origin.journal().since(before)
    assert caused.requests == caused.http2_requests == caused.responses == told.requests
    assert caused.accepts == caused.http2_connections == 1
    http2_origin.journal().self_check()


def test_hundreds_at_once_share_a_connection_and_are_counted(http2_origin: OriginProcess) -> None:
    before = settled(http2_origin)
    http2_origin.mark()
    answers = ask(http2_origin, *["/1k?delay=1000", "/64k", "/chunked/9x1000"] * 100)
    assert [len(answer.content) for answer in answers] == [1024, 64 * 1024, 9000] * 100
    caused = http2_origin.journal().since(before)
    assert (caused.responses, caused.delayed) == (300, 100)
    assert caused.max_in_flight >= 30  # httpx sends 100 at once, of which a third waits
    assert caused.handshakes == (caused.accepts if http2_origin.ready.ca_file else 0)
    assert eventually(lambda: http2_origin.journal().since(before).closes.get("client") == caused.accepts)


def test_stamps_lie_in_order_inside_the_clients_own_interval(http2_origin: OriginProcess) -> None:
    before_ns = time.perf_counter_ns()
    for response in ask(http2_origin, "/1k", "/2m", "/delay/5", "/stream/2x10/5", "/status/404"):
        stamps = parse_stamps(response.headers["x-clientprof-ns"], clock_identity())
        assert stamps is not None
        assert before_ns < stamps[0] <= stamps[1] < time.perf_counter_ns()
        assert response.headers["server-timing"] == f"app;dur={(stamps[1] - stamps[0]) // 1000 / 1000:.3f}"


@pytest.mark.parametrize("size_bytes", [1, 70_000, 5_000_000])
def test_an_upload_is_told_back_and_an_echo_returns_it(http2_origin: OriginProcess, size_bytes: int) -> None:
    sent = bytes(n % 251 for n in range(size_bytes))
    before = http2_origin.journal()
    upload, echo = ask(http2_origin, "/upload", "/echo", method="POST", content=sent)
    told = f"{size_bytes} {hashlib.sha256(sent).hexdigest()}"
    assert upload.headers["x-clientprof-received"] == echo.headers["x-clientprof-received"] == told
    assert echo.content == sent
    assert http2_origin.journal().since(before).received_bytes == 2 * size_bytes


def test_head_has_the_headers_and_no_body(http2_origin: OriginProcess) -> None:
    for response in ask(http2_origin, "/1k", "/1k?delay=1", method="HEAD"):
        assert response.headers["content-length"] == "1024"
        assert response.content == b""


def test_pieces_of_a_stream_come_in_their_time(http2_origin: OriginProcess) -> None:
    async def main() -> list[tuple[bytes, float]]:
        async with new_client(http2_origin) as client:
            begun_s = time.monotonic()
            async with client.stream("GET", "/stream/5x1000/40") as response:
                return [(piece, time.monotonic() - begun_s) async for piece in response.aiter_raw()]

    before = http2_origin.journal()
    pieces = asyncio.run(main())
    assert b"".join(piece for piece, _ in pieces) == body(5000)
    assert len(pieces) == 5
    assert all(when >= 0.04 * n for n, (_, when) in enumerate(pieces))
    caused = http2_origin.journal().since(before)
    assert caused.streamed == 1
    assert 160_000 <= (caused.mean_stream_us or 0) < 1_000_000


@pytest.mark.parametrize("target", ["/fault/reset", "/fault/truncate/10k", "/fault/garbage"])
def test_a_fault_is_an_error_of_the_client_and_counted(http2_origin: OriginProcess, target: str) -> None:
    before = settled(http2_origin)
    with pytest.raises(httpx.HTTPError):
        ask(http2_origin, target)
    assert http2_origin.journal().since(before).faulted == 1
    assert ask(http2_origin, "/1k")[0].status_code == 200


def test_close_ends_the_connection_after_the_response(http2_origin: OriginProcess) -> None:
    before = settled(http2_origin)
    assert ask(http2_origin, "/1k?close=1")[0].status_code == 200
    assert eventually(lambda: http2_origin.journal().since(before).closes == {"policy": 1})


def test_a_client_that_gives_up_is_dropped_and_the_connection_lives(http2_origin: OriginProcess) -> None:
    async def main() -> int:
        async with new_client(http2_origin) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/stream/3x10/60000?delay=60000", timeout=0.1)
            return (await client.get("/1k")).status_code

    before = settled(http2_origin)
    assert asyncio.run(main()) == 200
    assert eventually(lambda: http2_origin.journal().since(before).dropped == 1)
    http2_origin.journal().self_check()


def test_every_host_speaks_it(http2_origin: OriginProcess) -> None:
    answers = [ask(http2_origin, f"{url}/1k")[0] for url in http2_origin.ready.base_urls]
    assert [(answer.http_version, answer.status_code) for answer in answers] == [("HTTP/2", 200)] * 2


def test_a_client_of_http1_is_served_as_ever(http2_origin: OriginProcess) -> None:
    verify = ssl.create_default_context(cafile=http2_origin.ready.ca_file) if http2_origin.ready.ca_file else True
    before = settled(http2_origin)
    response = httpx.get(f"{http2_origin.ready.base_url}/1k", verify=verify, trust_env=False)
    assert (response.http_version, response.content) == ("HTTP/1.1", body(1024))
    caused = http2_origin.journal().since(before)
    assert (caused.requests, caused.http2_requests, caused.http2_connections) == (1, 0, 0)


def test_the_limit_of_requests_and_the_idle_time_close_connections(engine: str) -> None:
    with OriginProcess(Options(engine=engine, http2=True, max_requests_per_connection=3, keepalive_s=0.6)) as origin:

        async def main() -> list[int]:
            async with new_client(origin) as client:
                found = [(await client.get("/1k")).status_code for _ in range(7)]
                assert await asyncio.to_thread(eventually, lambda: origin.journal().closes["idle"] == 1)
                return found

        assert asyncio.run(main()) == [200] * 7
        assert eventually(lambda: origin.journal().connections_open == 0)
        assert origin.journal().closes == {"client": 0, "policy": 2, "fault": 0, "error": 0, "idle": 1, "stop": 0}


def test_a_client_is_told_how_many_streams_there_are_and_none_is_refused(engine: str) -> None:
    with OriginProcess(Options(engine=engine, http2=True, http2_streams=3)) as origin:
        assert [answer.status_code for answer in ask(origin, *["/stream/2x10/20"] * 12)] == [200] * 12
        assert origin.journal().http2_connections == 1
        assert origin.journal().http2_streams == 3


def test_a_visitor_without_a_word_is_counted_as_one(engine: str) -> None:
    with OriginProcess(Options(engine=engine, http2=True)) as origin:
        Wire(origin.ready.port).sock.close()
        assert eventually(lambda: origin.journal().closes["client"] == 1)
        origin.journal().self_check()


def test_without_hpack_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from clientprof.origin.http2 import header_blocks

    monkeypatch.setattr(header_blocks, "hpack", None)
    with pytest.raises(OriginError, match=r"pip install 'clientprof\[http2\]'"):
        header_blocks.require_hpack()
