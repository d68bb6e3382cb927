"""What is said of the standard library's clients, and of httplib2: whom they call, and whose authorities they trust."""

import sys
import urllib.request
from typing import Any

import certifi
import httplib2
import pytest

from clientprof.clients.programs import OBSERVED

URLS: dict[str, Any] = {"urllib.request": urllib.request.Request, "httplib2": str}


@pytest.mark.parametrize("client", URLS)
def test_whom_an_address_without_a_port_that_is_a_number_names_is_not_known(client: str) -> None:
    peer = OBSERVED[client].peer
    assert peer((None, URLS[client]("http://Server/a")), {}) == ("http", "server", 80)
    assert peer((None, URLS[client]("https://server:8443/a")), {}) == ("https", "server", 8443)
    assert peer((None, URLS[client]("http://server:none/a")), {}) is None


def test_httplib2_trusts_certifi_only_where_it_found_nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
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
