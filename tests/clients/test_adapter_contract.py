"""What every row of CLIENTS promises, kept with the real package over real sockets."""

import asyncio
import importlib.metadata
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, Answer, ClientOptions
from clientprof.origin.process import Journal, OriginProcess
from clientprof.recording.clock import clock_identity, parse_stamps

WAIT_S = 10.0


def with_client(adapter: Adapter, options: ClientOptions, use: Callable[[Any], Awaitable[Any]]) -> Any:
    """Build, use and close a client in a loop of its own."""

    async def main() -> Any:
        client = adapter.build(options)
        try:
            return await use(client)
        finally:
            await adapter.close(client)

    return asyncio.run(main())


def fetch_together(adapter: Adapter, options: ClientOptions, url: str, count: int) -> list[Answer]:
    async def use(client: Any) -> list[Answer]:
        return list(await asyncio.gather(*(adapter.fetch(client, url) for _ in range(count))))

    answers: list[Answer] = with_client(adapter, options, use)
    return answers


def settled(origin: OriginProcess) -> Journal:
    """The journal once all connections are closed; the server hears of a close a moment later."""
    limit_s = time.monotonic() + WAIT_S
    while (journal := origin.journal()).connections_open and time.monotonic() < limit_s:
        time.sleep(0.01)
    return journal


def test_the_row_is_named_as_the_adapter() -> None:
    assert {name: kind.name for name, kind in CLIENTS.items()} == {name: name for name in CLIENTS}


@pytest.mark.parametrize(
    ("path", "status", "body_bytes"),
    [("/0", 200, 0), ("/1500", 200, 1500), ("/64k", 200, 65536), ("/gzip/5000", 200, 5000), ("/br/5000", 200, 5000),
     ("/chunked/7x100", 200, 700), ("/status/404", 404, 21), ("/status/500", 500, 21), ("/status/204", 204, 0)],
)  # fmt: skip
def test_fetch_gives_the_status_and_the_decoded_length(
    adapter: Adapter, origin: OriginProcess, path: str, status: int, body_bytes: int
) -> None:
    (answer,) = fetch_together(adapter, ClientOptions(), origin.ready.base_url + path, 1)
    assert answer[:2] == (status, body_bytes)


def test_the_answers_headers_carry_the_origins_stamp(adapter: Adapter, origin: OriginProcess) -> None:
    before_ns = time.perf_counter_ns()
    (answer,) = fetch_together(adapter, ClientOptions(), f"{origin.ready.base_url}/1k", 1)
    stamps = parse_stamps(answer.headers.get("x-clientprof-ns"), clock_identity())
    assert stamps is not None
    assert before_ns < stamps[0] <= stamps[1] < time.perf_counter_ns()
    assert answer.headers.get("x-no-such-header") is None


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_connections_are_open_than_the_limit_says(adapter: Adapter, origin: OriginProcess, limit: int) -> None:
    before = settled(origin)
    origin.mark()
    answers = fetch_together(adapter, ClientOptions(limit=limit), f"{origin.ready.base_url}/delay/5/100", 12)
    journal = origin.journal().since(before)
    assert [answer.status for answer in answers] == [200] * 12
    assert journal.max_connections_open == journal.accepts == limit


def test_connections_are_reused_and_closing_the_client_closes_them(adapter: Adapter, origin: OriginProcess) -> None:
    before = settled(origin)

    async def use(client: Any) -> int:
        for _ in range(3):
            await asyncio.gather(*(adapter.fetch(client, f"{origin.ready.base_url}/delay/5/100") for _ in range(4)))
        return origin.journal().connections_open

    open_at_the_end = with_client(adapter, ClientOptions(limit=4), use)
    journal = settled(origin).since(before)
    assert open_at_the_end == journal.accepts == 4
    assert journal.requests == 12
    assert journal.connections_open == 0
    assert journal.closes == {"client": 4}


def test_tls_is_verified_with_the_ca_that_was_given(adapter: Adapter, tls_origin: OriginProcess) -> None:
    ready = tls_origin.ready
    before = settled(tls_origin)
    answers = fetch_together(adapter, ClientOptions(ca_file=ready.ca_file), f"{ready.base_url}/1k", 2)
    assert [answer.status for answer in answers] == [200, 200]
    journal = settled(tls_origin).since(before)
    assert journal.handshakes == journal.accepts >= 1


def test_a_server_that_the_usual_authorities_do_not_vouch_for_is_refused(
    adapter: Adapter, tls_origin: OriginProcess
) -> None:
    before = settled(tls_origin)
    with pytest.raises(Exception, match=r"(?i)certificate.verify.failed"):
        fetch_together(adapter, ClientOptions(), f"{tls_origin.ready.base_url}/1k", 1)
    assert settled(tls_origin).since(before).requests == 0


def test_the_timeout_bounds_reading(adapter: Adapter, origin: OriginProcess) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type of its own
        fetch_together(adapter, ClientOptions(timeout_s=0.05), f"{origin.ready.base_url}/delay/3000/100", 1)
    assert "Timeout" in type(caught.value).__name__


@pytest.mark.parametrize("path", ["/fault/reset", "/fault/truncate/5000", "/fault/garbage"])
def test_a_broken_answer_is_an_exception(adapter: Adapter, origin: OriginProcess, path: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type of its own
        fetch_together(adapter, ClientOptions(), origin.ready.base_url + path, 1)
    assert isinstance(caught.value, Exception)


def test_the_module_says_the_version_that_the_metadata_names(adapter: Adapter) -> None:
    assert adapter.module_version() == importlib.metadata.version(adapter.package)
    assert adapter.installed_packages()[adapter.package] == adapter.module_version()


def test_the_installed_version_is_one_the_adapter_was_written_for(adapter: Adapter) -> None:
    major, minor = adapter.module_version().split(".")[:2]
    assert f"{adapter.package} {major}.{minor}" in adapter.known_versions
