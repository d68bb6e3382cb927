"""Loads of every shape work end to end: one request, no baseline, a client against itself, one lens, all failing."""

import json
from pathlib import Path
from typing import Any

import pytest

from command import QUICK, Ran, results, run


def trace(out: Path, *arguments: str) -> tuple[Ran, dict[str, Any]]:
    """A quick trace and its summary; the report must have been rendered too."""
    ran = run("trace", *QUICK, *arguments, "--out", str(out))
    assert "Traceback" not in ran.err
    folder = results(out)
    return ran, json.loads((folder / "summary.json").read_text())


def names(summary: dict[str, Any]) -> list[str]:
    return [client["name"] for client in summary["clients"]]


def test_a_single_request(tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "-n", "1", "--against", "none")
    assert ran.code == 0
    assert names(summary) == ["httpx"]
    assert summary["clients"][0]["control"]["requests_per_round"] == 1


def test_no_baseline_means_no_comparison(tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "--against", "none", "--lens", "control,sample")
    assert ran.code == 0
    assert names(summary) == ["httpx"]
    assert summary["comparisons"] == []


def test_a_client_against_itself(tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "--client", "aiohttp", "--lens", "control,ledger,sample")
    assert ran.code == 0
    assert names(summary) == ["aiohttp"]


@pytest.mark.parametrize("lens", ["ledger", "sample", "count", "pyinstrument"])
def test_one_lens_alone(lens: str, tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "--lens", lens, "--against", "none")
    assert ran.code == 0
    (client,) = summary["clients"]
    assert client["control"] is None
    assert (client["phases"] is not None) == (lens == "ledger")
    assert bool(client["counters"]) >= (lens == "count")


def test_tls_with_a_limit_and_a_delay(tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "--size", "2k", "--tls", "--delay", "2", "--limit", "4", "--lens", "control,ledger")
    assert ran.code == 0
    for client in summary["clients"]:
        assert client["control"]["errors"] == {}
        cold = client["cold"]
        assert cold["connects"] == cold["connects_by_origin"] == cold["handshakes"] == cold["handshakes_by_origin"] == 4
        phases = {row["phase"]: row["wall_us"]["value"] for row in client["phases"]}
        assert phases["server"] >= 2000


def test_a_network_has_its_own_phases_and_clients_know_the_server_by_their_own_trust_store(tmp_path: Path) -> None:
    load = ("--client", "aiohttp", "--against", "none", "--tls", "--rtt", "30", "--trust", "default")
    load += ("--lens", "control,ledger")
    ran, summary = trace(tmp_path, *load)
    assert ran.code == 0
    (client,) = summary["clients"]
    assert client["control"]["errors"] == {}
    assert client["control"]["latency_ms"]["p50"] >= 30
    phases = {row["phase"]: row["wall_us"]["value"] for row in client["phases"]}
    assert phases["uplink"] > 0
    assert phases["downlink"] + phases["loop"] >= 15_000  # when it arrived in between is an estimate
    cold = client["cold"]
    assert cold["connects_by_origin"] == cold["handshakes_by_origin"] == 8
    tls = client["tls"]
    assert (tls["handshakes"], tls["resumed"]) == (8, 0)
    assert tls["parts"]["handshake"]["count"] == tls["parts"]["wrap"]["count"] == 8
    assert tls["parts"]["client"]["count"] == 1
    workload = summary["workload"]["workload"]
    assert workload["scenario"] == "c8/1k/tls/rtt30/trust=default"
    assert workload["network"] == "30 ms a round trip"
    relayed = any(warning["id"] == "network-relayed" for warning in summary["warnings"])
    assert workload["network imitated"].startswith("a relay" if relayed else "packet by packet")
    assert workload["trust store"].startswith("each client's own, with the CA of this run in it")
    assert "none lost" in workload["network as it was"]


def test_requests_that_all_fail_are_counted_by_type_and_shown(tmp_path: Path) -> None:
    ran, summary = trace(tmp_path, "--url", "http://127.0.0.1:1/", "--lens", "control,ledger")
    assert ran.code == 0
    for client, error in zip(summary["clients"], ("ConnectError", "ClientConnectorError"), strict=True):
        control = client["control"]
        assert control["ok"] == 0
        assert control["errors"] == {error: 8 * control["rounds"]}
        assert error in ran.out
    assert [warning["id"] for warning in summary["warnings"]].count("errors") == 2
    (comparison,) = summary["comparisons"]
    assert comparison["verdict"] not in ("faster", "slower")
