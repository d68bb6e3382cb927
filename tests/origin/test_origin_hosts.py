"""Many origins in one server: each has an address of its own, one journal, one certificate."""

import errno
import socket
import ssl

import httpx
import pytest

from clientprof.origin import listener
from clientprof.origin.errors import OriginError
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess


@pytest.mark.parametrize("tls", [False, True])
def test_fifty_origins_answer_and_are_counted_in_one_journal(engine: str, tls: bool) -> None:
    with OriginProcess(Options(engine=engine, hosts=50, tls=tls)) as origin:
        urls = origin.ready.base_urls
        assert len(set(urls)) == 50
        assert urls[0] == origin.ready.base_url
        verify = ssl.create_default_context(cafile=origin.ready.ca_file) if tls else True
        with httpx.Client(trust_env=False, verify=verify, limits=httpx.Limits(max_connections=60)) as client:
            assert [client.get(f"{url}/100").status_code for url in urls] == [200] * 50
        journal = origin.journal()
    assert (journal.requests, journal.accepts, journal.connections_used) == (50, 50, 50)


def test_one_origin_is_one_url(origin: OriginProcess) -> None:
    assert origin.ready.base_urls == (origin.ready.base_url,)


def test_only_loopback_listens() -> None:
    sockets = [*listener.bind(0)]
    sockets += listener.bind_more(sockets[0].getsockname()[1], 5)
    try:
        addresses = [sock.getsockname()[0] for sock in sockets]
        assert all(address == "::1" or address.startswith("127.") for address in addresses)
    finally:
        for sock in sockets:
            sock.close()


def test_where_there_is_one_loopback_address_the_origins_are_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    original = listener._listen

    def as_on_macos(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        if host not in ("127.0.0.1", "::1"):
            raise OSError(errno.EADDRNOTAVAIL, "Can't assign requested address")
        return original(family, host, port)

    monkeypatch.setattr(listener, "_listen", as_on_macos)
    sockets = listener.bind_more(1, 4)
    try:
        names = [sock.getsockname() for sock in sockets]
        assert [address for address, _ in names] == ["127.0.0.1"] * 3
        assert len({port for _, port in names}) == 3
    finally:
        for sock in sockets:
            sock.close()


def test_an_address_whose_port_is_taken_is_named_and_nothing_stays_open() -> None:
    with socket.create_server(("127.0.0.3", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OriginError, match=rf"{port} is in use on 127.0.0.3"):
            listener.bind_more(port, 5)
        socket.create_server(("127.0.0.2", port)).close()


@pytest.mark.parametrize("tls", [False, True])
def test_two_thousand_origins_have_an_address_each_and_the_last_one_answers(tls: bool) -> None:
    with OriginProcess(Options(hosts=2000, tls=tls)) as origin:
        urls = origin.ready.base_urls
        assert len(set(urls)) == 2000
        verify = ssl.create_default_context(cafile=origin.ready.ca_file) if tls else True
        with httpx.Client(trust_env=False, verify=verify) as client:
            assert [client.get(f"{urls[place]}/100").status_code for place in (0, 253, 254, 1999)] == [200] * 4


def test_no_origin_has_an_address_that_ends_in_0_or_255() -> None:
    addresses = [listener.address_of(number) for number in range(1, 2001)]
    assert len(set(addresses)) == 2000
    assert not [address for address in addresses if address.rsplit(".", 1)[1] in ("0", "255")]
