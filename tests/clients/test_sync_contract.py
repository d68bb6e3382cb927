"""What every blocking row of CLIENTS promises, kept with the real package over real sockets."""

import importlib.metadata
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.observed.installed_boundaries import find_boundaries
from clientprof.origin.process import Journal, OriginProcess
from clientprof.probes.observation_points import find
from clientprof.recording.clock import clock_identity, parse_stamps

WAIT_S = 10.0


def fetch(adapter: SyncAdapter, options: ClientOptions, request: Request, threads: int = 1) -> list[Answer]:
    """The same request from each of so many threads at once, through one client."""
    client = adapter.build(options)
    together = threading.Barrier(threads)

    def one(_: int) -> Answer:
        together.wait()
        return adapter.fetch(client, request)

    try:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, range(threads)))
    finally:
        adapter.close(client)


def settled(origin: OriginProcess) -> Journal:
    """The journal once all connections are closed; the server hears of a close a moment later."""
    limit_s = time.monotonic() + WAIT_S
    while (journal := origin.journal()).connections_open and time.monotonic() < limit_s:
        time.sleep(0.01)
    return journal


@pytest.mark.parametrize(
    ("path", "status", "body_bytes"),
    [("/0", 200, 0), ("/1500", 200, 1500), ("/64k", 200, 65536), ("/gzip/5000", 200, 5000),
     ("/chunked/7x100", 200, 700), ("/status/404", 404, 21), ("/status/500", 500, 21)],
)  # fmt: skip
@pytest.mark.parametrize("reading", [Reading.WHOLE, Reading.PIECES])
def test_fetch_gives_the_status_and_the_decoded_length(
    blocking: SyncAdapter, origin: OriginProcess, path: str, status: int, body_bytes: int, reading: Reading
) -> None:
    request = Request(origin.ready.base_url + path, reading=reading, keep=True)
    (answer,) = fetch(blocking, ClientOptions(), request)
    assert answer[:2] == (status, body_bytes)
    assert answer.body is not None
    assert len(answer.body) == body_bytes


def test_the_answers_headers_carry_the_origins_stamp(blocking: SyncAdapter, origin: OriginProcess) -> None:
    (answer,) = fetch(blocking, ClientOptions(), Request(f"{origin.ready.base_url}/1k"))
    assert parse_stamps(answer.headers.get("x-clientprof-ns"), clock_identity()) is not None
    assert answer.headers.get("x-no-such-header") is None


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_connections_are_open_than_the_limit_says(
    blocking: SyncAdapter, origin: OriginProcess, limit: int
) -> None:
    if Feature.LIMIT not in blocking.features:
        return
    before = settled(origin)
    origin.mark()
    answers = fetch(blocking, ClientOptions(limit=limit), Request(f"{origin.ready.base_url}/delay/5/100"), threads=8)
    journal = origin.journal().since(before)
    assert [answer.status for answer in answers] == [200] * 8
    assert journal.max_connections_open == journal.accepts == limit


def test_connections_are_reused_where_the_client_can_and_only_there(
    blocking: SyncAdapter, origin: OriginProcess
) -> None:
    before = settled(origin)
    client = blocking.build(ClientOptions())
    for _ in range(3):
        blocking.fetch(client, Request(f"{origin.ready.base_url}/100"))
    blocking.close(client)
    journal = settled(origin).since(before)
    assert journal.requests == 3
    assert journal.accepts == (1 if Feature.REUSE in blocking.features else 3)
    assert journal.connections_open == 0


def test_tls_is_verified_with_the_ca_that_was_given(blocking: SyncAdapter, tls_origin: OriginProcess) -> None:
    ready = tls_origin.ready
    before = settled(tls_origin)
    answers = fetch(blocking, ClientOptions(ca_file=ready.ca_file), Request(f"{ready.base_url}/1k"), threads=2)
    assert [answer.status for answer in answers] == [200, 200]
    journal = settled(tls_origin).since(before)
    assert journal.handshakes == journal.accepts >= 1


def test_a_server_that_the_usual_authorities_do_not_vouch_for_is_refused(
    blocking: SyncAdapter, tls_origin: OriginProcess
) -> None:
    before = settled(tls_origin)
    with pytest.raises(Exception, match=r"(?i)certificate.*verif"):
        fetch(blocking, ClientOptions(), Request(f"{tls_origin.ready.base_url}/1k"))
    assert settled(tls_origin).since(before).requests == 0


def test_the_timeout_bounds_reading(blocking: SyncAdapter, origin: OriginProcess) -> None:
    began_s = time.monotonic()
    with pytest.raises(Exception, match=r"(?i)timed.out"):
        fetch(blocking, ClientOptions(timeout_s=0.05), Request(f"{origin.ready.base_url}/delay/30000/100"))
    assert time.monotonic() - began_s < 15.0


@pytest.mark.parametrize("path", ["/fault/reset", "/fault/truncate/5000", "/fault/garbage"])
def test_a_broken_answer_is_an_exception_and_is_not_tried_again(
    blocking: SyncAdapter, origin: OriginProcess, path: str
) -> None:
    before = settled(origin)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each client has a type of its own
        fetch(blocking, ClientOptions(), Request(origin.ready.base_url + path))
    assert isinstance(caught.value, Exception)
    assert settled(origin).since(before).accepts == 1


@pytest.mark.parametrize("sending", Sending)
def test_a_body_is_sent_in_each_form(blocking: SyncAdapter, origin: OriginProcess, sending: Sending) -> None:
    body = bytes(range(256)) * 1024
    (answer,) = fetch(blocking, ClientOptions(), Request(f"{origin.ready.base_url}/1k", "POST", body, sending))
    assert answer[:2] == (200, 1024)


def test_the_module_says_the_version_that_the_metadata_names(blocking: SyncAdapter) -> None:
    assert blocking.module_version() == importlib.metadata.version(blocking.package)
    major, minor = blocking.module_version().split(".")[:2]
    assert f"{blocking.package} {major}.{minor}" in blocking.known_versions


def test_every_seam_is_found_in_the_installed_version(blocking: SyncAdapter) -> None:
    assert [row.function for row in find_boundaries(blocking) if not row.found] == []
    targets = [*blocking.seams, *(spec.target for spec in blocking.waits)]
    assert [target for target in targets if find(target) is None] == []
