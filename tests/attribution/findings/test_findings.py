"""Each rule fires on its evidence and not without it; what it says rests on what was measured."""

from dataclasses import replace

import pytest

from client_results import COLD, CONTROL, FUNCTIONS, LEDGER, client, comparison, counter, us
from clientprof.attribution.findings.parts import PARTS, Part
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.costs.tls_costs import TlsCosts, TlsPart, TlsWork
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, Comparison


def finding(found: ClientResult, about: Comparison | None = None) -> Finding | None:
    findings = findings_of(found, about)
    assert len(findings) <= 1
    return findings[0] if findings else None


def test_an_unremarkable_client_has_no_findings() -> None:
    assert findings_of(client(), None) == ()


def test_failed_imports_are_a_finding_that_names_package_function_and_cost() -> None:
    found = finding(client(counters=(counter("failed_imports_per_request", 4.0, 0.0, "failed imports (sniffio)"),)))
    assert found is not None
    assert found.id == "sniffio-missing"
    assert "pip install sniffio" in found.remedy
    assert found.culprits[0].function == "library"
    assert found.cost_us_per_request == 30.0


@pytest.mark.parametrize("value", [0.0, 0.4])
def test_hardly_any_failed_import_is_no_finding(value: float) -> None:
    assert finding(client(counters=(counter("failed_imports_per_request", value),))) is None


def test_too_many_pool_passes_are_a_finding_about_the_pool() -> None:
    rows = (
        counter("pool_passes_per_request", 14.0, 2.0),
        counter("assignments_per_request", 6.0, 1.0),
        counter("socket_polls_per_request", 50.0, 1.0),
    )
    found = finding(client(counters=rows))
    assert found is not None
    assert (found.id, found.layer, found.cost_us_per_request) == ("double-assignment", Layer.POOL, 70.0)
    assert found.culprits[0].function == "walk"
    assert len(found.evidence) == 2


@pytest.mark.parametrize(("value", "expected"), [(2.0, 2.0), (2.4, 2.0), (14.0, None)])
def test_as_many_pool_passes_as_expected_are_no_finding(value: float, expected: float | None) -> None:
    assert finding(client(counters=(counter("pool_passes_per_request", value, expected),))) is None


@pytest.mark.parametrize(("value", "fires"), [(990.0, True), (19.0, False), (0.0, False)])
def test_new_connections_after_the_first_round_are_lost_keep_alive(value: float, fires: bool) -> None:
    found = finding(client(counters=(counter("connections_accepted_per_1000_requests", value),)))
    assert (found is not None and found.id == "keepalive-eviction") is fires


@pytest.mark.parametrize(("value", "fires"), [(698.0, True), (110.0, False)])
def test_connections_that_replace_those_that_the_server_ends_are_not_lost(value: float, fires: bool) -> None:
    found = finding(client(counters=(counter("connections_accepted_per_1000_requests", value, 100.0),)))
    assert (found is not None) is fires
    if found is not None:
        assert found.title.endswith("; the server's closing makes 100 of them necessary")


@pytest.mark.parametrize(
    ("opened", "most", "fires"), [(512, 100, True), (105, 100, False), (12, 4, False), (100, 100, False)]
)
def test_connections_closed_and_opened_again_in_the_first_round_are_a_storm(
    opened: int, most: int, fires: bool
) -> None:
    cold = replace(COLD, connects_by_origin=opened, most_connections_by_origin=most)
    found = finding(client(cold=cold))
    assert (found is not None and found.id == "cold-connect-storm") is fires


@pytest.mark.parametrize(
    ("first", "later", "fires"), [(100, 0.0, True), (1, 990.0, True), (3, 2.0, False), (None, 0.0, False)]
)
def test_a_name_that_is_looked_up_again_and_again_is_a_finding(first: int | None, later: float, fires: bool) -> None:
    rows = (counter("name_lookups_per_1000_requests", later),) if later else ()
    found = finding(client(cold=replace(COLD, name_lookups=first), counters=rows))
    assert (found is not None and found.id == "name-lookups") is fires


@pytest.mark.parametrize(("low", "fires"), [(0.5, True), (0.1, False), (None, False)])
def test_tls_that_costs_more_with_each_connection_is_a_finding(low: float | None, fires: bool) -> None:
    growth = Estimate(0.8, low, 1.1, "log-log slope", 10)
    parts = (TlsPart(TlsWork.STORE, 100, Estimate(20_000.0, None, None, "us", 100)),)
    found = finding(replace(client(), tls=TlsCosts(100, parts, 100, 0, growth)))
    assert (found is not None and found.id == "tls-cost-grows") is fires
    if found is not None:
        assert found.evidence[1] == "a trust store loaded takes 20.0 ms of CPU; 100 were, for 100 handshakes"


def test_connections_that_the_server_closed_are_no_storm() -> None:
    cold = replace(COLD, connects_by_origin=60, most_connections_by_origin=4, connections_needed=56.0)
    assert finding(client(cold=cold)) is None


def test_pool_timeouts_are_counted_against_all_requests_failed_ones_included() -> None:
    found = finding(client(control=replace(CONTROL, ok=90, errors={"PoolTimeout": 8, "ReadError": 2})))
    assert found is not None
    assert (found.id, found.layer) == ("pool-timeout", Layer.POOL)
    assert found.evidence == ("8 of 100 measured requests",)


def test_read_timeouts_are_not_blamed_on_the_pool() -> None:
    found = finding(client(control=replace(CONTROL, errors={"ReadTimeout": 3})))
    assert found is not None
    assert found.layer is Layer.IO
    assert "connection" not in found.claim


def test_errors_that_are_no_timeouts_are_no_timeout_finding() -> None:
    assert finding(client(control=replace(CONTROL, errors={"ReadError": 3}))) is None


@pytest.mark.parametrize(("idle_us", "fires"), [(1.0, True), (40.0, False)])
def test_a_loop_that_hardly_idles_is_the_bottleneck(idle_us: float, fires: bool) -> None:
    found = finding(client(ledger=replace(LEDGER, loop_idle_us=idle_us)))
    assert (found is not None and found.id == "loop-bound" and found.layer is Layer.POOL) is fires


def test_a_loop_without_any_time_is_no_bottleneck() -> None:
    assert finding(client(ledger=replace(LEDGER, loop_busy_us={Layer.LOOP: 0.0}, loop_idle_us=0.0))) is None


def test_the_costliest_function_that_the_baseline_lacks_is_named_with_its_interval() -> None:
    about = comparison(gap=((Layer.HTTP, 10.0), (Layer.POOL, 60.0)))
    found = finding(client(), about)
    assert found is not None
    assert (found.id, found.layer, found.culprits[0].function) == ("costliest-function", Layer.POOL, "walk")
    assert found.cost_us_per_request == 50.0
    assert "[48, 52]" in found.claim
    same = client(name="aiohttp")
    assert findings_of(client(), about, same) == ()


def test_a_cost_that_may_be_chance_is_no_finding() -> None:
    unsure = replace(FUNCTIONS[0], self_us_per_request=Estimate(50.0, -1.0, 101.0, "us", 2))
    assert finding(client(functions=(unsure,)), comparison()) is None


def test_each_pass_over_many_connections_is_a_scan() -> None:
    rows = (counter("pool_passes_per_request", 2.0, 2.0),)
    walking = (replace(FUNCTIONS[0], calls_per_request=200.0),)
    found = finding(client(counters=rows, functions=walking))
    assert found is not None
    assert (found.id, found.culprits[0].function) == ("pool-scan", "walk")
    assert "100 times in each pass" in found.claim
    assert finding(client(counters=(counter("pool_passes_per_request", 200.0),), functions=walking)) is None


def test_a_client_for_each_request_is_not_mistaken_for_lost_keep_alive() -> None:
    rows = (counter("clients_built_per_request", 1.0), counter("connections_accepted_per_1000_requests", 1000.0))
    found = finding(client(counters=rows))
    assert found is not None
    assert found.id == "client-per-request"


def test_tls_contexts_are_counted_per_request() -> None:
    found = finding(client(counters=(counter("ssl_contexts_per_request", 1.0),)))
    assert found is not None
    assert found.id == "ssl-context-per-client"
    assert finding(client(counters=(counter("ssl_contexts_per_request", 0.1),))) is None


@pytest.mark.parametrize("part", PARTS, ids=[part.id for part in PARTS])
def test_a_part_of_a_library_is_a_finding_where_its_cost_is_certain(part: Part) -> None:
    name = f"{part.functions[0]}_it" if part.functions else "it"
    dear = replace(FUNCTIONS[1], module=part.modules[0], function=name, layer=Layer.OTHER)
    rows = () if part.counter is None else (counter(part.counter, 8.0),)
    found = finding(client(functions=(dear,), counters=rows))
    assert found is not None
    assert (found.id, found.cost_us_per_request) == (part.id, 30.0)
    cheap = replace(dear, self_us_per_request=us(0.5), total_us_per_request=us(0.5))
    assert finding(client(functions=(cheap,), counters=rows)) is None
    assert findings_of(client(functions=(dear,), counters=rows), None, client(functions=(dear,))) == ()


def test_without_a_gap_or_a_function_in_it_nobody_is_named() -> None:
    assert finding(client(), comparison(ratio=1.0)) is None
    assert finding(client(), comparison(gap=((Layer.TLS, 60.0),))) is None
    assert finding(client(functions=()), comparison()) is None
    assert finding(client(), None) is None


def test_the_costliest_finding_comes_first_and_those_without_a_cost_last() -> None:
    rows = (
        counter("failed_imports_per_request", 4.0),
        counter("pool_passes_per_request", 14.0, 2.0),
        counter("connections_accepted_per_1000_requests", 500.0),
    )
    found = [finding.id for finding in findings_of(client(counters=rows), None)]
    assert found == ["pool-passes", "failed-imports", "keepalive-eviction"]


def test_missing_lenses_are_no_evidence() -> None:
    bare = client(control=None, cold=None, layers=(), functions=(), ledger=None, profile=None)
    assert findings_of(bare, None) == ()
    imports = counter("failed_imports_per_request", 4.0)
    assert [f.id for f in findings_of(replace(bare, counters=(imports,)), None)] == ["failed-imports"]


@pytest.mark.parametrize(("clients", "expected"), [(96, "client-per-request"), (1, "keepalive-eviction")])
def test_without_a_count_the_clients_that_tls_was_made_for_say_who_is_new_each_time(
    clients: int, expected: str
) -> None:
    parts = tuple(TlsPart(work, count, us(9.0)) for work, count in ((TlsWork.CLIENT, clients), (TlsWork.HANDSHAKE, 96)))
    rows = (counter("connections_accepted_per_1000_requests", 1000.0),)
    found = finding(replace(client(counters=rows), tls=TlsCosts(96, parts, 96, 0, None)))
    assert found is not None
    assert found.id == expected
