"""What is said of clients that are given addresses: whom they call; and whose authorities httplib2 trusts."""

import sys
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.clients.programs import OBSERVED

# The arguments of a call, as the client has them.
CALLS: dict[str, Callable[[str], tuple[Any, ...]]] = {
    "urllib.request": lambda url: (None, urllib.request.Request(url)),
    "httplib2": lambda url: (None, url),
    "requests": lambda url: (None, SimpleNamespace(url=url)),
    "curl-cffi": lambda url: (None, "GET", url),
}


@pytest.mark.parametrize("client", CALLS)
def test_of_a_malformed_address_the_peer_is_not_known(client: str) -> None:
    def called(url: str) -> tuple[str, str, int] | None:
        return OBSERVED[client].peer(CALLS[client](url), {})

    assert called("http://Server/a") == ("http", "server", 80)
    assert called("https://server:8443/a") == ("https", "server", 8443)
    assert called("http://server:none/a") is None
    if client != "urllib.request":  # whose Request raises
        assert called("http://[::1/a") is None


def test_httplib2_trusts_certifi_only_where_it_found_nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
    # They are not in the environment of a client that must be alone.
    httplib2, certifi = pytest.importorskip("httplib2"), pytest.importorskip("certifi")

    def trusts(**settings: Any) -> str | None:
        return OBSERVED["httplib2"].settings(httplib2.Http(**settings)).tls

    monkeypatch.setattr(httplib2, "CA_CERTS", certifi.where())
    assert trusts() == trusts(ca_certs=certifi.where()) == "certifi"
    assert trusts(ca_certs="own.pem") == "file"
    assert trusts(disable_ssl_certificate_validation=True) == "none"
    monkeypatch.setattr(httplib2, "CA_CERTS", "cacerts.txt")
    assert trusts() == "file"
    monkeypatch.delitem(sys.modules, "certifi")
    assert trusts() == "file"
