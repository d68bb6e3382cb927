"""TLS: verified against the CA of the run, and every handshake in the journal."""

import socket
import ssl
from pathlib import Path

import httpx
import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled


def trusting(origin: OriginProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=origin.ready.ca_file)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_client_that_trusts_the_ca_verifies_every_name(tls_origin: OriginProcess, host: str) -> None:
    if host == "[::1]" and "::1" not in tls_origin.ready.hosts:
        pytest.skip("no IPv6 here")
    with httpx.Client(verify=trusting(tls_origin), trust_env=False) as client:
        assert len(client.get(f"https://{host}:{tls_origin.ready.port}/2m").content) == 2 * 1024**2


def test_a_client_that_does_not_trust_the_ca_fails_and_is_counted(tls_origin: OriginProcess) -> None:
    before = settled(tls_origin)
    with pytest.raises(ssl.SSLCertVerificationError):
        Wire(tls_origin.ready.port, context=ssl.create_default_context())
    assert eventually(lambda: tls_origin.journal().since(before).handshakes_failed == 1)
    assert tls_origin.journal().since(before).handshakes == 0


def test_plain_http_to_the_tls_port_is_a_failed_handshake(tls_origin: OriginProcess) -> None:
    before = settled(tls_origin)
    with Wire(tls_origin.ready.port) as wire:
        wire.get("/1k")
        assert not wire.rest().startswith(b"HTTP/1.1 200")
    assert eventually(lambda: tls_origin.journal().since(before).handshakes_failed == 1)


def test_resumed_handshakes_are_told_from_full_ones(tls_origin: OriginProcess) -> None:
    before = settled(tls_origin)
    context = trusting(tls_origin)
    with Wire(tls_origin.ready.port, context=context) as wire:
        assert wire.ask("/1k").status == 200  # TLS 1.3 sends its tickets after the handshake
        assert isinstance(wire.sock, ssl.SSLSocket)
        session = wire.sock.session
    plain = socket.create_connection(("127.0.0.1", tls_origin.ready.port), timeout=10)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as again:
        again.sendall(b"GET /1k HTTP/1.1\r\nHost: a\r\n\r\n")
        assert again.recv(15) == b"HTTP/1.1 200 OK"
        assert again.session_reused
        caused = tls_origin.journal().since(before)
    assert (caused.accepts, caused.handshakes, caused.handshakes_resumed, caused.handshakes_failed) == (2, 2, 1, 0)


def test_alpn_chooses_http_1_1(tls_origin: OriginProcess) -> None:
    context = trusting(tls_origin)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Wire(tls_origin.ready.port, context=context) as wire:
        assert isinstance(wire.sock, ssl.SSLSocket)
        assert wire.sock.selected_alpn_protocol() == "http/1.1"


def test_a_client_that_hangs_up_without_close_notify_closed_it_itself(tls_origin: OriginProcess) -> None:
    before = settled(tls_origin)
    with Wire(tls_origin.ready.port, context=trusting(tls_origin)) as wire:
        assert wire.ask("/1k").status == 200
    assert eventually(lambda: tls_origin.journal().since(before).closes == {"client": 1})


def test_faults_work_over_tls(tls_origin: OriginProcess) -> None:
    with Wire(tls_origin.ready.port, context=trusting(tls_origin)) as wire:
        wire.get("/fault/truncate/1k")
        assert len(wire.rest().partition(b"\r\n\r\n")[2]) == 512


def test_the_ca_file_is_gone_when_the_server_is(engine: str) -> None:
    with OriginProcess(Options(tls=True, engine=engine)) as origin:
        ca_file = Path(origin.ready.ca_file or "")
        assert ca_file.read_text().startswith("-----BEGIN CERTIFICATE")
    assert not ca_file.parent.exists()
