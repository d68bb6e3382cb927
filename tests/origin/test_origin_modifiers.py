"""Query parameters combine with every route, and what a client must receive is known without asking."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest

from clientprof.origin.answers import bodies
from clientprof.origin.process import OriginProcess
from clientprof.origin.routing.expected import expected
from measurable_clients import HTTPX_READS_ZSTD
from origin_wire import Wire


@pytest.fixture
def client(origin: OriginProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin.ready.base_url, trust_env=False, follow_redirects=True) as running:
        yield running


@pytest.mark.parametrize(
    "target",
    [
        "/1k",
        "/0",
        "/2m",
        "/64k?encoding=gzip&chunks=8&cookies=3&delay=1",
        "/64k?encoding=br",
        pytest.param("/64k?encoding=zstd&chunks=5", marks=HTTPX_READS_ZSTD),
        pytest.param("/zstd/300k", marks=HTTPX_READS_ZSTD),
        "/chunked/3x1000?cookies=1",
        "/stream/5x100/1?delay=exp-1&cookies=2",
        "/sse/4x64/1",
        "/status/404?delay=1",
        "/status/204",
        "/redirect/3",
        "/redirect/2?to=/64k%3Fchunks%3D8%26encoding%3Dgzip&delay=1&cookies=1",
        "/upload",
        "/no/such",
        "/1k?chunks=0",
    ],
)
def test_status_body_and_number_of_requests_are_as_expected_said(
    client: httpx.Client, origin: OriginProcess, target: str
) -> None:
    before = origin.journal()
    response = client.get(target)
    told = expected(target)
    assert response.status_code == told.status
    assert len(response.content) == told.size_bytes
    assert hashlib.sha256(response.content).hexdigest() == told.sha256
    assert origin.journal().since(before).requests == told.requests


def test_the_digest_of_a_size_is_that_of_its_body(client: httpx.Client) -> None:
    assert hashlib.sha256(client.get("/300k?chunks=7").content).hexdigest() == bodies.digest(300 * 1024)


def test_what_is_expected_of_an_echo_or_a_fault_is_unknown() -> None:
    assert expected("/echo").sha256 is expected("/fault/stall/1").sha256 is None


def test_all_axes_at_once(client: httpx.Client, origin: OriginProcess) -> None:
    before = origin.journal()
    response = client.get("/64k?delay=20&encoding=br&chunks=4&cookies=2&first_cookie=10")
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["content-encoding"] == "br"
    assert dict(response.cookies) == {"cookie10": "value10", "cookie11": "value11"}
    assert response.content == bodies.body(64 * 1024)
    caused = origin.journal().since(before)
    assert caused.delayed == 1
    assert (caused.mean_delay_us or 0) >= 20_000


def test_chunks_is_the_number_of_pieces(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/1k?chunks=8&close=1")
        raw = wire.rest()
    assert raw.count(b"\r\n80\r\n") == 8
    assert raw.endswith(b"\r\n0\r\n\r\n")


def test_a_redirect_keeps_its_parameters_on_every_hop_and_ends_at_the_target(client: httpx.Client) -> None:
    response = client.get("/redirect/3?to=/10%3Fcookies%3D1&delay=5")
    assert [hop.url.params["delay"] for hop in response.history] == ["5"] * 3
    assert all(float(hop.headers["server-timing"].split("=")[1]) >= 5 for hop in response.history)
    assert response.url.raw_path == b"/10?cookies=1"
    assert response.cookies["cookie0"] == "value0"


def test_a_jar_of_1000_cookies_is_filled_and_sent_back(client: httpx.Client) -> None:
    for first in range(0, 1000, 250):
        client.get(f"/0?cookies=250&first_cookie={first}")
    assert len(client.cookies) == 1000
    response = client.get("/1k")
    assert len(response.request.headers["cookie"]) > 10_000
    assert response.status_code == 200


def test_a_delayed_fault_is_delayed_and_still_a_fault(origin: OriginProcess) -> None:
    before = origin.journal()
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/reset?delay=5")
        with pytest.raises(ConnectionResetError):
            wire.rest()
    caused = origin.journal().since(before)
    assert (caused.delayed, caused.faulted) == (1, 1)


@pytest.mark.parametrize(
    "target",
    [
        *("/1k?delay=x", "/1k?delay=exp", "/1k?delay=fixed-1", "/1k?delay=exp-1&seed=x", "/1k?cookies=501"),
        *("/1k?encoding=lzma", "/status/200?encoding=gzip", "/1k?chunks=x", "/1k?chunks=1025", "/echo?chunks=2"),
        *("/stream/2x10/1?encoding=gzip", "/stream/2x10/1?chunks=2", "/stream/2x10", "/stream/2/5", "/stream/1x1/-1"),
        *("/sse/3x31/1", "/sse/3", "/fault/truncate/1k?encoding=gzip", "/1k?cookies=1&first_cookie=-1"),
        *("/redirect/1?to=//example.org/", "/redirect/1?to=http://example.org", "/redirect/1?to=/a%0d%0ab:%20c"),
        *("/redirect/1?to=", "/redirect/1?to=/%C3%A9"),
    ],
)
def test_what_does_not_fit_gets_400_and_a_line_that_says_why(client: httpx.Client, target: str) -> None:
    response = client.get(target)
    assert response.status_code == 400
    assert len(response.text.strip()) > 10


def test_without_its_package_zstd_answers_501_and_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from clientprof.origin.answers.delays import DelayBook
    from clientprof.origin.routing.routes import Router

    for module in ("zstandard", "compression"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setattr("sys.version_info", (3, 13))
    bodies.encoded.cache_clear()
    reply = Router(DelayBook(1)).reply(b"/zstd/1k")
    assert reply.status == 501
    assert b"pip install zstandard" in bytes(reply.body)
