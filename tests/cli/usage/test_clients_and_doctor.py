"""``clients`` and ``doctor``: what can be measured here, and what flips results."""

import importlib.metadata
import json
import os
import subprocess

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environment_rows import environment_rows
from command import COMMAND, run
from measurable_clients import MISSING


def test_clients_lists_every_client_with_its_version_and_nothing_missing() -> None:
    ran = run("clients", "--json")
    assert (ran.code, ran.err) == (0, "")
    rows = {row["client"]: row for row in json.loads(ran.out)}
    assert rows.keys() == CLIENTS.keys()
    for name, row in rows.items():
        assert row["opaque"] is CLIENTS[name].opaque
        if CLIENTS[name].alone or name in MISSING:
            assert (row["installed"], row["boundaries"], row["seams"]) == (None, 0, 0)
            assert (f"`--client {name}`" if CLIENTS[name].alone else "pip install") in row["install"]
            continue
        assert row["installed"] == importlib.metadata.version(CLIENTS[name].package or "clientprof")
        assert (row["missing"], row["install"]) == ([], None)
        assert row["boundaries"] > (10 if row["opaque"] else 20)
        assert row["seams"] == len(CLIENTS[name]().seams)


def test_the_table_of_clients_shows_the_same() -> None:
    text = run("clients").out
    for name, kind in CLIENTS.items():
        assert name in text
        if kind.alone or name in MISSING:
            how = f"`--client {name}` makes" if kind.alone else f"pip install {kind.package}"
            assert f"{name} is not installed: {how}" in text
        else:
            assert importlib.metadata.version(kind.package or "clientprof") in text
    assert "opaque: does its work outside Python" in text


def test_doctor_names_what_flips_results() -> None:
    ran = run("doctor")
    assert (ran.code, ran.err) == (0, "")
    for group in ("interpreter", "machine", "tls", "packages", "variables", "boundaries"):
        assert f"\n{group}\n" in f"\n{ran.out}"
    assert importlib.metadata.version("httpx") in ran.out
    assert ran.out.rstrip().endswith(("likely to flip a result.", "known to flip a result."))


def test_doctor_in_json_is_only_json() -> None:
    rows = json.loads(run("doctor", "--json").out)
    assert {row["group"] for row in rows} >= {"interpreter", "machine", "tls", "packages", "variables", "boundaries"}
    assert all(row.keys() == {"group", "name", "value", "advice"} for row in rows)


def test_doctor_says_when_the_load_needs_more_file_descriptors() -> None:
    (row,) = [
        row for row in json.loads(run("doctor", "-n", "90000", "--json").out) if row["name"] == "file descriptors"
    ]
    assert row["value"] == "unlimited" or int(row["value"]) >= 180_064 or "ulimit -n 180064" in row["advice"]


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "http://user:hunter2@proxy"), ("SSL_CERT_FILE", "/hunter2")]
)
def test_doctor_says_that_a_variable_is_set_and_not_its_value(name: str, value: str) -> None:
    ran = subprocess.run(
        [COMMAND, "doctor", "--json"], env={**os.environ, name: value}, capture_output=True, text=True, timeout=30
    )
    (row,) = [row for row in json.loads(ran.stdout) if row["name"] == name]
    assert row["value"] == "set"
    assert "TLS or proxies" in row["advice"]
    assert "hunter2" not in ran.stdout + ran.stderr


def test_extensions_that_are_switched_off_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIOHTTP_NO_EXTENSIONS", raising=False)
    monkeypatch.setenv("YARL_NO_EXTENSIONS", "1")
    rows = {row.name: row for row in environment_rows()}
    assert rows["YARL_NO_EXTENSIONS"].advice
    assert "AIOHTTP_NO_EXTENSIONS" not in rows
