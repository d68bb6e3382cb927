"""What every row of CLIENTS promises, kept with the real package over real sockets."""

import asyncio
import importlib.metadata
import re
import time
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, ClientOptions, Feature, Request
from clientprof.origin.process import OriginProcess
from clientprof.recording.clock import clock_identity, parse_stamps
from using_clients import fetch_together, needs, settled, with_client


def test_the_row_is_named_as_the_adapter() -> None:
    assert {name: kind.name for name, kind in CLIENTS.items()} == {name: name for name in CLIENTS}


@pytest.mark.parametrize(
    ("path", "status", "body_bytes"),
    [("/0", 200, 0), ("/1500", 200, 1500), ("/64k", 200, 65536), ("/gzip/5000", 200, 5000), ("/br/5000", 200, 5000),
     ("/chunked/7x100", 200, 700), ("/status/404", 404, 21), ("/status/500", 500, 21), ("/status/204", 204, 0)],
)  # fmt: skip
def test_fetch_gives_the_status_and_the_decoded_length(
    adapter: AsyncAdapter, origin: OriginProcess, path: str, status: int, body_bytes: int
) -> None:
    (answer,) = fetch_together(adapter, ClientOptions(), origin.ready.base_url + path, 1)
    assert answer[:2] == (status, body_bytes)


def test_the_answers_headers_carry_the_origins_stamp(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    before_ns = time.perf_counter_ns()
    (answer,) = fetch_together(adapter, ClientOptions(), f"{origin.ready.base_url}/1k", 1)
    stamps = parse_stamps(answer.headers.get("x-clientprof-ns"), clock_identity())
    assert stamps is not None
    assert before_ns < stamps[0] <= stamps[1] < time.perf_counter_ns()
    assert answer.headers.get("x-no-such-header") is None


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_connections_are_open_than_the_limit_says(
    adapter: AsyncAdapter, origin: OriginProcess, limit: int
) -> None:
    needs(adapter, Feature.LIMIT)
    before = settled(origin)
    origin.mark()
    answers = fetch_together(adapter, ClientOptions(limit=limit), f"{origin.ready.base_url}/delay/5/100", 12)
    journal = origin.journal().since(before)
    assert [answer.status for answer in answers] == [200] * 12
    assert journal.max_connections_open == journal.accepts == limit


def test_connections_are_reused_and_closing_the_client_closes_them(
    adapter: AsyncAdapter, origin: OriginProcess
) -> None:
    before = settled(origin)

    async def use(client: Any) -> int:
        for _ in range(3):
            await asyncio.gather(
                *(adapter.fetch(client, Request(f"{origin.ready.base_url}/delay/5/100")) for _ in range(4))
            )
        return origin.journal().connections_open

    limit = 4 if Feature.LIMIT in adapter.features else None
    open_at_the_end = with_client(adapter, ClientOptions(limit=limit), use)
    journal = settled(origin).since(before)
    assert open_at_the_end == journal.accepts == 4
    assert journal.requests == 12
    assert journal.connections_open == 0
    assert journal.closes == {"client": 4}


def test_tls_is_verified_with_the_ca_that_was_given(adapter: AsyncAdapter, tls_origin: OriginProcess) -> None:
    ready = tls_origin.ready
    before = settled(tls_origin)
    answers = fetch_together(adapter, ClientOptions(ca_file=ready.ca_file), f"{ready.base_url}/1k", 2)
    assert [answer.status for answer in answers] == [200, 200]
    journal = settled(tls_origin).since(before)
    assert journal.handshakes == journal.accepts >= 1


def test_a_server_that_the_usual_authorities_do_not_vouch_for_is_refused(
    adapter: AsyncAdapter, tls_origin: OriginProcess
) -> None:
    before = settled(tls_origin)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type and words of its own
        fetch_together(adapter, ClientOptions(), f"{tls_origin.ready.base_url}/1k", 1)
    assert re.search(r"(?i)certificate", f"{caught.value!r} {caught.value.__cause__!r}")
    assert settled(tls_origin).since(before).requests == 0


def test_the_timeout_bounds_reading(adapter: AsyncAdapter, origin: OriginProcess) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type of its own
        fetch_together(adapter, ClientOptions(timeout_s=0.05), f"{origin.ready.base_url}/delay/3000/100", 1)
    assert "Timeout" in type(caught.value).__name__


@pytest.mark.parametrize("path", ["/fault/reset", "/fault/truncate/5000", "/fault/garbage"])
def test_a_broken_answer_is_an_exception(adapter: AsyncAdapter, origin: OriginProcess, path: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type of its own
        fetch_together(adapter, ClientOptions(), origin.ready.base_url + path, 1)
    assert isinstance(caught.value, Exception)


def test_the_module_says_the_version_that_the_metadata_names(adapter: AsyncAdapter) -> None:
    assert adapter.module_version() == importlib.metadata.version(adapter.package or "clientprof")
    if adapter.package:
        assert adapter.installed_packages()[adapter.package] == adapter.module_version()


def test_the_installed_version_is_one_the_adapter_was_written_for(adapter: AsyncAdapter) -> None:
    major, minor = adapter.module_version().split(".")[:2]
    assert f"{adapter.package or 'clientprof'} {major}.{minor}" in adapter.known_versions
