"""Responses of http.client that are read line by line: what their client says of them is asked once."""

import http.client
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clientprof.clients.programs import OBSERVED
from clientprof.clients.programs.observed import Response
from clientprof.origin.process import OriginProcess
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.workload.programs.connection_entries import ConnectionEntries


@pytest.mark.parametrize("method", ["read", "readline", "readinto"])
def test_a_body_is_described_at_its_begin_and_at_its_end_however_many_pieces_it_has(
    tmp_path: Path, origin: OriginProcess, method: str
) -> None:
    asked: list[Any] = []
    client = OBSERVED["http.client"]

    def described(response: Any) -> Response:
        asked.append(response)
        return client.response(response)

    names, failures, patches = Names(), Failures(), Patches()
    book = LaneBook(str(tmp_path), names, failures.remove)
    book.begin("start", None, {})
    exchanges = Exchanges(book, names, Sites(names, ()), failures)
    entries = ConnectionEntries(client._replace(response=described), exchanges, patches, failures)
    for installs in entries.targets().values():
        for install in installs:
            install()
    try:
        connection = http.client.HTTPConnection(urlsplit(origin.ready.base_url).netloc)
        connection.request("GET", "/64k")
        response = connection.getresponse()
        pieces = 0
        while getattr(response, method)(bytearray(100) if method == "readinto" else 100):
            pieces += 1
        connection.close()
    finally:
        patches.restore()
    assert pieces >= 655
    assert len(asked) == 2
    assert (exchanges.in_flight, exchanges.ended, exchanges.failed, failures.notes) == (0, 1, 0, ())
