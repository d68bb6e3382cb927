"""Two versions of one client against each other, from a clean cache, and what is refused before anything is measured."""

import json
import re
from pathlib import Path

import pytest

from command import refusal, results, run


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for caches."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.mark.usefixtures("cache", "index")
def test_two_versions_are_measured_each_as_itself(tmp_path: Path) -> None:
    load = ("-n", "4", "--rounds", "1", "--blocks", "1", "--lens", "count", "--out", str(tmp_path / "out"))
    ran = run("trace", "--client", "httpx==0.24.1", "--against", "httpx", *load)
    assert ran.code == 0, ran
    assert "making the environment of httpx==0.24.1" in ran.err
    folder = results(tmp_path / "out")
    assert "httpx-0.24.1-vs-httpx-c4" in folder.name
    summary = json.loads((folder / "summary.json").read_text())
    old, new = summary["clients"]
    assert (old["name"], old["version"], old["packages"]["httpx"]) == ("httpx==0.24.1", "0.24.1", "0.24.1")
    assert new["name"] == "httpx"
    assert new["version"] != "0.24.1"
    # httpcore 0.17 took another way through its pool than 1.0: really another version ran, and its seams were found.
    assert old["packages"]["httpcore"].startswith("0.17.")
    assert old["counters"]["pool_passes_per_request"] > 0
    assert not [warning for warning in summary["warnings"] if "-missing" in warning["id"]]


@pytest.mark.usefixtures("cache")
def test_what_cannot_be_had_is_refused_before_anything_runs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "Python 3.11 to 3.15 can be measured" in refusal("trace", "--python", "3.77", "--out", str(out))
    assert "one exact version" in refusal("trace", "--against", "aiohttp>=3", "--out", str(out))
    assert not out.exists() or list(out.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("cache", "index")
@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ("httpx==0.23.3", "AsyncShieldCancellation"),
        ("httpx==0.24.1", None),
        ("httpx==0.27.2", None),
        ("httpx==0.28.1+httpcore==1.0.0", None),
        ("aiohttp==3.8.6", "_wait_for_available_connection"),
        ("aiohttp==3.10.11", None),
        ("aiohttp==3.12.15", None),
    ],
)
def test_an_older_version_shows_its_pool_and_names_what_it_lacks(
    spec: str, missing: str | None, tmp_path: Path
) -> None:
    # Enough of aiohttp's short requests that a layer of one percent meets a sample.
    rounds = "8" if spec.startswith("httpx") else "200"
    load = ("-n", "32", "--rounds", rounds, "--lens", "ledger,sample,count", "--out", str(tmp_path / "out"))
    ran = run("trace", "--client", spec, "--against", "none", *load)
    if "no wheel" in ran.err:
        pytest.skip("this version has no wheel for this interpreter")
    assert ran.code == 0, ran
    summary = json.loads((results(tmp_path / "out") / "summary.json").read_text())
    (client,) = summary["clients"]
    absent = " ".join(warning["text"] for warning in summary["warnings"] if warning["id"].endswith("-missing"))
    targets = re.findall(r"[\w.]+:[\w.]+\w", absent)
    assert bool(targets) == (missing is not None), absent
    assert all(missing is not None and missing in target for target in targets)
    assert client["counters"]["assignments_per_request"] >= 1
    assert {phase["phase"] for phase in client["phases"]} >= {"pool", "send", "headers", "body", "release"}
    shares = {row["layer"]: row["share"] for row in client["layers"]}
    assert {"api", "pool", "http", "io", "concurrency"} <= shares.keys()
    assert shares.get("other", 0.0) < 0.02
    assert client["unattributed_share"] < 0.02
