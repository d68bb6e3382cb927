"""Every route, asked by a real client."""

import sys
from collections.abc import Iterator

import httpx
import pytest

from clientprof.origin.answers import bodies
from clientprof.origin.answers.delays import DelayBook
from clientprof.origin.process import OriginProcess
from clientprof.origin.routing import routes
from measurable_clients import HTTPX_READS_ZSTD
from origin_wire import Wire


@pytest.fixture
def client(origin: OriginProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin.ready.base_url, trust_env=False) as running:
        yield running


@pytest.mark.parametrize(("path", "size_bytes"), [("/0", 0), ("/1500", 1500), ("/1k", 1024), ("/2m", 2 * 1024**2)])
def test_a_size_gives_that_many_deterministic_bytes(client: httpx.Client, path: str, size_bytes: int) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == size_bytes
    assert response.content == bytes(bodies.body(size_bytes))


def test_a_shorter_body_is_the_beginning_of_a_longer_one() -> None:
    assert bytes(bodies.body(bodies.WHOLE_BYTES + 1))[:1000] == bytes(bodies.body(1000))


def test_the_largest_size_is_served_and_more_is_refused(client: httpx.Client) -> None:
    assert len(client.get("/64m").content) == 64 * 1024**2
    assert client.get("/65m").status_code == 400
    assert client.get(f"/{64 * 1024**2 + 1}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/1q",
        "/delay/x",
        "/delay/1/2/3/4",
        "/delay/999999",
        "/status/99",
        "/redirect/x",
        "/chunked/3",
        "/chunked/2x0",
        "/chunked/64x2m",
        "/gzip/",
        "/cookies/100000",
        "/fault/what",
        "/delay/exp/1/1k?seed=x",
        "/fault/truncate/0",
    ],
)
def test_values_out_of_bounds_get_400_and_a_line_that_says_why(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 400
    assert len(response.text.strip()) > 10


def test_an_unknown_path_gets_404_with_the_list_of_routes(client: httpx.Client) -> None:
    response = client.get("/no/such")
    assert response.status_code == 404
    assert "/delay/<ms>" in response.text


def test_echo_returns_a_body_with_a_length(client: httpx.Client) -> None:
    sent = b"\x00\xff" * 100_000
    assert client.post("/echo", content=sent).content == sent


def test_echo_returns_a_chunked_body(client: httpx.Client) -> None:
    response = client.post("/echo", content=(bytes([n]) * 70_000 for n in range(3)))
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.content == b"\x00" * 70_000 + b"\x01" * 70_000 + b"\x02" * 70_000


def test_status_answers_with_that_status(client: httpx.Client) -> None:
    assert [client.get(f"/status/{code}").status_code for code in (200, 204, 304, 404, 503, 599)] == [
        200, 204, 304, 404, 503, 599,
    ]  # fmt: skip


def test_redirect_takes_k_hops_and_ends_at_1k(client: httpx.Client) -> None:
    response = client.get("/redirect/3", follow_redirects=True)
    assert [hop.status_code for hop in response.history] == [302] * 3
    assert response.url.path == "/1k"
    assert len(response.content) == 1024


def test_chunked_sends_k_chunks_of_the_size(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/chunked/3x10?close=1")
        raw = wire.rest()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert body.count(b"a\r\n") == 3
    assert body.endswith(b"\r\n0\r\n\r\n")


def test_chunked_body_is_the_plain_one(client: httpx.Client) -> None:
    assert client.get("/chunked/7x1000").content == bodies.body(7000)


@pytest.mark.parametrize(
    ("route", "coding"), [("gzip", "gzip"), ("br", "br"), pytest.param("zstd", "zstd", marks=HTTPX_READS_ZSTD)]
)
def test_compressed_bodies_decode_to_the_plain_one(client: httpx.Client, route: str, coding: str) -> None:
    response = client.get(f"/{route}/64k")
    assert response.headers["content-encoding"] == coding
    assert int(response.headers["content-length"]) < 40_000
    assert response.content == bodies.body(64 * 1024)


def test_without_brotli_br_answers_501_and_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    bodies.encoded.cache_clear()
    reply = routes.Router(DelayBook(1)).reply(b"/br/1k")
    assert reply.status == 501
    assert b"pip install brotli" in bytes(reply.body)


def test_cookies_sends_k_cookies(client: httpx.Client) -> None:
    response = client.get("/cookies/5")
    assert len(response.headers.get_list("set-cookie")) == 5
    assert response.cookies["cookie4"] == "value4"


def test_head_gets_the_headers_of_get_and_no_body(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"HEAD /1k HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.answer(head_only=True).header("content-length") == "1024"
        assert wire.ask("/0").status == 200


def test_the_absolute_form_of_a_target_is_understood(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        assert len(wire.ask("http://localhost:1/1500?x=1").body) == 1500


def test_many_different_targets_do_not_grow_the_memory_of_replies() -> None:
    router = routes.Router(DelayBook(1))
    for n in range(3000):
        assert router.reply(b"/1k?n=%d" % n).status == 200
    assert len(router._known) <= 512


@pytest.mark.skipif(sys.version_info < (3, 14), reason="Python has a zstd decoder of its own since 3.14")
def test_a_zstd_body_is_what_python_s_own_decoder_reads() -> None:
    from compression import zstd

    bodies.encoded.cache_clear()
    assert zstd.decompress(bodies.encoded("zstd", 64 * 1024)) == bodies.body(64 * 1024)
