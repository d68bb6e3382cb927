"""What arrives of a request's body is counted and hashed, however it is sent, and not held."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest

from clientprof.origin.engine import choose
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from origin_wire import Wire


@pytest.fixture
def client(origin: OriginProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin.ready.base_url, trust_env=False, timeout=30) as running:
        yield running


def peak_kib(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def told(sent: bytes) -> str:
    return f"{len(sent)} {hashlib.sha256(sent).hexdigest()}"


@pytest.mark.parametrize("target", ["/upload", "/1k", "/echo", "/64k?encoding=gzip", "/stream/2x10/1", "/status/503"])
@pytest.mark.parametrize("size_bytes", [1, 1000, 300_000])
def test_a_body_with_a_length_is_told_back(client: httpx.Client, target: str, size_bytes: int) -> None:
    sent = bytes(n % 251 for n in range(size_bytes))
    assert client.post(target, content=sent).headers["x-clientprof-received"] == told(sent)


def test_a_chunked_body_is_told_back_without_its_framing(client: httpx.Client) -> None:
    pieces = [bytes([n]) * (n * 7_000 + 1) for n in range(12)]
    response = client.post("/upload", content=iter(pieces))
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.headers["x-clientprof-received"] == told(b"".join(pieces))


def test_a_multipart_body_is_told_back_as_the_bytes_it_is(client: httpx.Client) -> None:
    request = client.build_request("POST", "/upload", files={"file": ("a.bin", b"\x00\xff" * 50_000)}, data={"a": "b"})
    sent = b"".join(request.stream)  # type: ignore[arg-type]  # a synchronous client's streams are synchronous
    assert client.send(request).headers["x-clientprof-received"] == told(sent)


@pytest.mark.parametrize("target", ["/upload", "/1k"])
def test_a_request_without_a_body_has_nothing_told(client: httpx.Client, target: str) -> None:
    assert "x-clientprof-received" not in client.get(target).headers
    assert "x-clientprof-received" not in client.post(target, content=b"").headers


@pytest.mark.parametrize("chunked", [False, True])
def test_64_mib_stream_through_without_being_held(engine: str, chunked: bool) -> None:
    sent = bytes(range(256)) * (64 * 1024**2 // 256)
    with OriginProcess(Options(engine=engine)) as fresh:
        httpx.post(f"{fresh.ready.base_url}/upload", content=sent[:1000], trust_env=False)
        before_kib = peak_kib(fresh.ready.pid)
        content = (sent[start : start + 10**6] for start in range(0, len(sent), 10**6)) if chunked else sent
        response = httpx.post(f"{fresh.ready.base_url}/upload", content=content, trust_env=False, timeout=60)
        assert response.headers["x-clientprof-received"] == told(sent)
        assert peak_kib(fresh.ready.pid) - before_kib < 8 * 1024
        assert fresh.journal().received_bytes == len(sent) + 1000


def test_a_chunked_body_of_more_than_64_mib_is_refused(origin: OriginProcess) -> None:
    chunk = b"1000000\r\n" + b"\x00" * 0x1000000 + b"\r\n"
    with Wire(origin.ready.port) as wire:
        wire.send(b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 4)
        wire.send(b"1\r\n")
        wire.send(b"x")
        assert wire.answer().status == 413


@pytest.mark.parametrize("target", [b"/upload", b"/echo", b"/echo?close=0", b"http://a/echo"])
def test_only_what_is_echoed_is_kept(engine: str, target: bytes) -> None:
    parser = choose(engine).new_parser({})
    head = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" % target
    (request,) = [request for piece in (head + b"he", b"llo") for request in parser.feed(piece)]
    assert request.body == (b"" if target == b"/upload" else b"hello")
    assert request.received is not None
    assert (request.received.size_bytes, request.received.sha256) == (5, hashlib.sha256(b"hello").hexdigest())
