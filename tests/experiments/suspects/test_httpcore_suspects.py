"""Suspects of httpx, httpx2, truststore and requests: raised by their own evidence, silent without it."""

from dataclasses import replace

import pytest

from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import PATCHES, Case, Conflict, NewerPython, combined
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, CounterRow
from clientprof.workload.load.scenario import Scenario
from made_cases import client, function

MINE = (
    "pool-scan", "double-assignment", "lock-yield", "socket-poll", "keepalive-eviction", "anyio-scopes", "anyio-streams",
    "h11-parser", "url-parse", "cookie-extraction", "exception-mapping", "trace-objects", "client-per-request",
    "env-proxies", "fewer-connections", "http2", "aiohttp-transport", "keepalive-expiry", "more-connections",
    "pool-timeout", "trust-env", "truststore-handshake", "aiohttp-transport-lines", "more-processes", "newer-python",
)  # fmt: skip
LOAD = Scenario(512)
CONNECT = function("AsyncHTTPConnection._connect", 30)
NEWER = NewerPython("3.13.0", "a", 0.6)
OPENED = {"connects_per_1000_requests": 900.0}


def httpx_case(result: ClientResult, scenario: Scenario = LOAD, adapter: str = "httpx") -> Case:
    return Case(result, None, scenario, adapter, "httpcore")


def failing() -> ClientResult:
    result = client()
    assert result.control is not None
    return replace(result, control=replace(result.control, errors={"PoolTimeout": 7}))


# Suspect, the case that raises it, the gain it must predict.
RAISING: list[tuple[str, Case, float | None]] = [
    (
        "pool-scan",
        httpx_case(
            client(
                function("AsyncConnectionPool._assign_requests_to_connections", 90),
                function("AsyncHTTPConnection.is_idle", 5, 100),
                counters={"pool_passes_per_request": 2.0},
            )
        ),
        90.0,
    ),
    (
        "double-assignment",
        httpx_case(
            client(
                counters={"pool_passes_per_request": 8.0, "assignments_per_request": 7.0}, layers={Layer.POOL: 80.0}
            )
        ),
        60.0,
    ),
    (
        "lock-yield",
        httpx_case(
            client(
                function("AsyncIOBackend.cancel_shielded_checkpoint", 30, 3.0),
                counters={"lock_acquisitions_per_request": 3.0, "socket_sends_per_request": 1.0},
            )
        ),
        20.0,
    ),
    (
        "socket-poll",
        httpx_case(
            client(function("AsyncHTTP11Connection.has_expired", 50), counters={"socket_polls_per_request": 20.0})
        ),
        49.5,
    ),
    ("keepalive-eviction", httpx_case(client(CONNECT, counters=OPENED)), 30.0),
    (
        "anyio-scopes",
        httpx_case(client(function("CancelScope.__enter__", 10), counters={"cancel_scopes_per_request": 6.0})),
        9.0,
    ),
    (
        "anyio-streams",
        httpx_case(
            client(
                function("SocketStream.receive", 12),
                function("SocketStream.send", 8),
                counters={"socket_sends_per_request": 1.0, "socket_receives_per_request": 1.0},
            )
        ),
        12.0,
    ),
    ("h11-parser", httpx_case(client(function("Connection.send", 10, module="h11._connection"))), 7.0),
    ("url-parse", httpx_case(client(function("urlparse", 12), counters={"url_parses_per_request": 1.0})), 12.0),
    (
        "cookie-extraction",
        httpx_case(
            client(function("Cookies.extract_cookies", 40), function("Cookies._CookieCompatRequest.__init__", 20))
        ),
        40.0,
    ),
    ("exception-mapping", httpx_case(client(counters={"exception_maps_per_request": 7.0})), None),
    (
        "trace-objects",
        httpx_case(client(function("Trace.__init__", 4), counters={"trace_objects_per_request": 5.0})),
        4.0,
    ),
    (
        "client-per-request",
        httpx_case(client(CONNECT, function("create_ssl_context", 20)), Scenario(8, client_each=True)),
        50.0,
    ),
    (
        "env-proxies",
        httpx_case(
            client(function("get_environ_proxies", 25), counters={"environment_reads_per_request": 1.0}),
            adapter="requests",
        ),
        25.0,
    ),
    (
        "fewer-connections",
        httpx_case(
            client(counters={"pool_passes_per_request": 2.0}, layers={Layer.POOL: 400.0}), Scenario(500, limit=400)
        ),
        300.0,
    ),
    ("http2", httpx_case(client(layers={Layer.POOL: 300.0}), Scenario(512, tls=True)), 300.0),
    ("aiohttp-transport", httpx_case(client(layers={Layer.POOL: 50.0, Layer.HTTP: 20.0, Layer.API: 9.0})), 70.0),
    ("aiohttp-transport-lines", httpx_case(client(layers={Layer.POOL: 50.0, Layer.HTTP: 20.0})), 70.0),
    (
        "more-processes",
        # Of 512 requests on 100 connections a pass looks at 612, of 256 at 356.
        httpx_case(client(counters={"pool_passes_per_request": 2.0}, layers={Layer.POOL: 612.0})),
        256.0,
    ),
    (
        "newer-python",
        # Of 200 us, 50 lie in sockets and TLS.
        replace(httpx_case(client(layers={Layer.IO: 40.0, Layer.TLS: 10.0})), pythons=(NEWER, NewerPython("3.12.1", "b"))),
        60.0,
    ),
    (
        "keepalive-expiry",
        httpx_case(client(CONNECT, counters=OPENED), Scenario(1, requests=2, rate_per_s=0.1)),
        30.0,
    ),
    ("more-connections", httpx_case(client(counters={"pool_passes_per_request": 2.0})), None),
    ("pool-timeout", httpx_case(failing()), None),
    (
        "trust-env",
        httpx_case(client(function("BaseClient._get_proxy_map", 15), counters={"clients_built_per_request": 1.0})),
        15.0,
    ),
    (
        "truststore-handshake",
        httpx_case(replace(client(function("_configure_context", 35)), packages={"truststore": "0.10"})),
        35.0,
    ),
]  # fmt: skip


def test_every_suspect_has_a_case_that_raises_it() -> None:
    assert {name for name, _, _ in RAISING} == set(MINE) <= set(SUSPECTS)


@pytest.mark.parametrize(("name", "case", "predicted"), RAISING, ids=[name for name, _, _ in RAISING])
def test_evidence_raises_it_with_the_gain_that_the_profile_holds(
    name: str, case: Case, predicted: float | None
) -> None:
    evidence = SUSPECTS[name].evidence(case)
    assert evidence is not None
    assert any(letter.isdigit() for letter in evidence.text) or name == "client-per-request"
    assert evidence.predicted_us == (None if predicted is None else pytest.approx(predicted))
    assert case.adapter in (SUSPECTS[name].adapters or {case.adapter})


@pytest.mark.parametrize("name", MINE)
def test_without_evidence_it_is_not_raised(name: str) -> None:
    assert SUSPECTS[name].evidence(httpx_case(client(), Scenario(8, limit=8))) is None


def test_connections_of_a_client_that_may_keep_all_of_them_are_not_evicted() -> None:
    kept = Scenario(512, keepalive=100)
    assert SUSPECTS["keepalive-eviction"].evidence(httpx_case(client(CONNECT, counters=OPENED), kept)) is None


@pytest.mark.parametrize(("opened", "needed", "predicted_us"), [(400.0, 100.0, 22.5), (100.0, 100.0, None)])
def test_connections_that_the_server_ends_are_not_evicted(
    opened: float, needed: float, predicted_us: float | None
) -> None:
    """Of 30 us for four connections, three of which were needless, 22.5 could be saved."""
    row = CounterRow("connections_accepted_per_1000_requests", opened, "per 1000 requests", "", needed)
    case = httpx_case(replace(client(CONNECT), counters=(row,)))
    evidence = SUSPECTS["keepalive-eviction"].evidence(case)
    assert (None if evidence is None else evidence.predicted_us) == predicted_us


def test_locks_that_do_not_give_the_loop_away_are_no_suspects() -> None:
    # As many yields as sends: anyio's own after a write.
    counters = {"lock_acquisitions_per_request": 3.0, "socket_sends_per_request": 1.0}
    yields = function("AsyncIOBackend.cancel_shielded_checkpoint", 30, 1.0)
    assert SUSPECTS["lock-yield"].evidence(httpx_case(client(yields, counters=counters))) is None


@pytest.mark.parametrize("name", MINE)
def test_patches_are_files_of_the_catalogue_and_say_what_they_change(name: str) -> None:
    case = replace(httpx_case(client(CONNECT, counters=OPENED)), pythons=(NEWER,))
    intervention = SUSPECTS[name].intervention(case)
    changed = (
        intervention.changes, intervention.scenario, intervention.packages, intervention.adapter, intervention.pythons,
    )  # fmt: skip
    assert any(changed)
    for change in intervention.changes:
        assert change.argument == "httpcore"
        assert (PATCHES / change.file.rpartition("/")[2]).is_file()


def test_more_and_fewer_connections_exclude_each_other() -> None:
    more = SUSPECTS["more-connections"].intervention(httpx_case(client()))
    fewer = SUSPECTS["fewer-connections"].intervention(httpx_case(client()))
    with pytest.raises(Conflict):
        combined([more, fewer])


@pytest.mark.parametrize("load", [Scenario(512), Scenario(512, tls=True, http2=True), Scenario(1, tls=True)])
def test_http2_is_no_remedy_without_tls_nor_for_one_request_nor_where_it_is(load: Scenario) -> None:
    assert SUSPECTS["http2"].evidence(httpx_case(client(layers={Layer.POOL: 300.0}), load)) is None


def test_two_processes_have_half_of_the_load_each_and_never_less() -> None:
    load = Scenario(33, requests=101, rate_per_s=50.0)
    part = SUSPECTS["more-processes"].intervention(httpx_case(client(), load)).scenario
    assert part == {"concurrency": 17, "requests": 51, "rate_per_s": 25.0}


@pytest.mark.parametrize("load", [Scenario(8), Scenario(512, client_each=True), Scenario(512, tls=True, http2=True)])
def test_two_processes_save_nothing_where_no_pool_is_shared_by_many(load: Scenario) -> None:
    pool = client(counters={"pool_passes_per_request": 2.0}, layers={Layer.POOL: 612.0})
    assert SUSPECTS["more-processes"].evidence(httpx_case(pool, load)) is None


def test_a_transport_that_reads_whole_bodies_is_no_remedy_for_streamed_ones() -> None:
    streamed = httpx_case(client(layers={Layer.POOL: 50.0}), Scenario(8, streamed=True))
    assert SUSPECTS["aiohttp-transport-lines"].evidence(streamed) is None
    assert SUSPECTS["aiohttp-transport"].evidence(streamed) is not None


def test_the_code_of_the_own_transport_is_the_code_that_is_measured() -> None:
    code = SUSPECTS["aiohttp-transport-lines"].code
    compile(code, "transport", "exec")
    assert "class AiohttpTransport(httpx.AsyncBaseTransport)" in code
    assert "clientprof" not in code


def test_a_remedy_that_replaces_much_at_once_is_no_step_of_a_staircase() -> None:
    remedies = ("http2", "aiohttp-transport", "aiohttp-transport-lines", "more-processes", "newer-python")
    assert all(SUSPECTS[name].last for name in remedies)


def test_two_transports_and_two_pythons_exclude_each_other() -> None:
    case = replace(httpx_case(client()), pythons=(NEWER,))
    package, lines = (SUSPECTS[name].intervention(case) for name in ("aiohttp-transport", "aiohttp-transport-lines"))
    with pytest.raises(Conflict):
        combined([package, lines])
    newer = SUSPECTS["newer-python"].intervention(case)
    with pytest.raises(Conflict):
        combined([newer, replace(newer, pythons=(NewerPython("3.12.1", "b"),))])
    assert combined([package, newer]).pythons == (NEWER,)
