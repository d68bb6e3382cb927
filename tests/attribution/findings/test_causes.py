"""Findings by cause: what costs the same microseconds counts once, and advice on one cause does not contradict another's."""

from dataclasses import replace

import pytest

from client_results import client, counter, us
from clientprof.attribution.experiments.gains import _with_experiment
from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.experiments.staircase import Experiment, Outcome
from clientprof.model.experiments.suspicions import Kind, Suspicion
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.results import InFlight, LayerCost


def found(name: str, layer: Layer, cost: float | None, remedy: str = "Do something.") -> Finding:
    return Finding(name, f"{name} happens", layer, (), "A claim.", ("seen",), remedy, "not so", cost)


CLIENT = client(
    layers=tuple(
        LayerCost(layer, us(value), value / 1000, {})
        for layer, value in (
            (Layer.POOL, 500.0),
            (Layer.IMPORT, 200.0),
            (Layer.CONCURRENCY, 200.0),
            (Layer.HTTP, 100.0),
        )
    ),
)
POOL = (
    found("double-assignment", Layer.POOL, 500.0),
    found("pool-scan", Layer.POOL, 500.0),
    found("socket-poll", Layer.POOL, 300.0),
    found("costliest-function", Layer.POOL, 90.0),
    found("lock-yield", Layer.CONCURRENCY, 30.0),
)
SNIFFIO = found("sniffio-missing", Layer.IMPORT, 200.0, "Install sniffio: `pip install sniffio`.")
BUILT_IN = (found("anyio-scopes", Layer.CONCURRENCY, 190.0), found("h11-parser", Layer.HTTP, 60.0))
STORM = found("cold-connect-storm", Layer.CONNECT, None)
BUSY = found("loop-bound", Layer.POOL, None)


def test_the_costs_of_all_causes_add_up_to_no_more_than_the_clients_cpu() -> None:
    causes = causes_of((*POOL, SNIFFIO, *BUILT_IN, STORM, BUSY), CLIENT)
    costs = {cause.id: cause.cost_us_per_request for cause in causes}
    # Of 200 us in concurrency the locks have taken 30: the scopes get the rest, though they claim 190.
    assert costs == {
        "pool": 530.0, "missing-import": 200.0, "built-in": 230.0, "connections": None, "loop-bound": None,
    }  # fmt: skip
    assert sum(cost or 0.0 for cost in costs.values()) <= 1000.0


def test_every_finding_is_in_one_cause() -> None:
    findings = (*POOL, SNIFFIO, *BUILT_IN, STORM, BUSY)
    inside = [finding for cause in causes_of(findings, CLIENT) for finding in cause.findings]
    assert sorted(finding.id for finding in inside) == sorted(finding.id for finding in findings)


def test_the_most_costly_cause_comes_first_and_a_consequence_last() -> None:
    causes = causes_of((BUSY, STORM, SNIFFIO, *BUILT_IN, *POOL), CLIENT)
    assert [cause.id for cause in causes] == ["pool", "missing-import", "built-in", "connections", "loop-bound"]


def test_a_remedy_that_makes_the_scan_longer_is_warned_of_and_not_given() -> None:
    pool, storm = causes_of((*POOL, STORM), CLIENT)
    assert "Do not raise the connection limit" in pool.warning
    assert "keep-alive limit" not in storm.remedy
    assert "every scan" in storm.warning


def test_lost_connections_have_limits_to_paste_of_the_requests_in_flight() -> None:
    kept = replace(CLIENT, in_flight=InFlight(60, 60, 60))
    evicted = findings_of(client(counters=(counter("connections_accepted_per_1000_requests", 990.0),)), None)
    (cause,) = causes_of(evicted, kept)
    assert "httpx.Limits(max_connections=60, max_keepalive_connections=60)" in cause.code


def test_advice_is_of_the_client_whatever_was_measured_of_it() -> None:
    for name in ("httpx", "httpx==0.28.1+uvloop@py3.14", "httpx[http2]", "httpx, once"):
        (pool,) = causes_of(POOL, replace(CLIENT, name=name))
        assert "httpx-aiohttp" in pool.remedy, name
    (pool,) = causes_of(POOL, replace(CLIENT, name="httpx2, once"))
    assert "httpx-aiohttp" not in pool.remedy


def test_a_missing_package_has_its_command_as_code() -> None:
    (cause,) = causes_of((SNIFFIO,), CLIENT)
    assert (cause.remedy, cause.code) == ("Install sniffio.", "pip install sniffio")


def test_built_in_work_has_no_remedy_for_users() -> None:
    (cause,) = causes_of(BUILT_IN, CLIENT)
    assert (cause.remedy, cause.code) == ("", "")
    assert "cancel scopes and the HTTP/1.1 parser" in cause.title


def suspicion(name: str) -> Suspicion:
    return Suspicion(name, Kind.PATCH, Layer.POOL, "a hypothesis", "evidence", 500.0)


@pytest.mark.parametrize(
    ("outcome", "gain", "first"),
    [
        (Outcome.LOSS, -900.0, "Mended alone, it makes the client slower, by 900 µs of CPU per request."),
        (Outcome.NO_GAIN, 1.0, "Mended alone, it saves nothing that could be shown."),
        (Outcome.CONFIRMED, 400.0, "A claim."),
    ],
)
def test_the_claim_begins_with_an_experiment_that_refuted_it(outcome: Outcome, gain: float, first: str) -> None:
    row = Experiment(suspicion("double-assignment"), outcome, us(gain), None, None, False, "why", None)
    assert _with_experiment(POOL[0], row).claim.startswith(first)


def test_what_was_saved_orders_causes_and_a_patch_that_made_it_worse_comes_last_in_its_own() -> None:
    worse = replace(POOL[0], measured_gain_us=-900.0)
    pool = (worse, replace(POOL[1], measured_gain_us=100.0))
    sniffio = replace(SNIFFIO, measured_gain_us=150.0)
    causes = causes_of((*pool, sniffio), CLIENT)
    assert [cause.id for cause in causes] == ["missing-import", "pool"]
    assert causes[1].findings[-1] is worse
