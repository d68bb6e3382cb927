"""One client on two Pythons: each arm is measured by its own, and the result says which."""

import json
from pathlib import Path

import pytest

from clientprof.cli.arguments.arms import labels_of, parse_clients, with_python_of
from clientprof.cli.arguments.before_measuring import public_command
from clientprof.cli.files.saved_baseline import SCHEMA, SavedBaseline
from clientprof.experiments.environments.interpreters import interpreters_here
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of
from command import results, run


def test_the_default_baseline_runs_on_the_client_s_python() -> None:
    assert with_python_of("httpx@py3.14", "aiohttp") == "aiohttp@py3.14"
    assert with_python_of("httpx", "aiohttp") == "aiohttp"


def test_a_python_by_path_is_named_by_its_version_everywhere() -> None:
    here = interpreters_here()[0]
    specs = parse_clients([f"httpx@py:{here.path}"])
    assert labels_of((*specs, *specs)) == (f"httpx@py{here.text}", f"httpx@py{here.text} (2)")
    command = public_command(("compare", "httpx@py:/home/me/bin/python3", "--python=/home/me/bin/python3"))
    assert command == ("clientprof", "compare", "httpx@py:python3", "--python=python3")


@pytest.mark.slow  # makes two environments
def test_a_client_on_two_pythons_is_compared_in_lock_step_and_both_are_named(tmp_path: Path) -> None:
    found = {each.minor: each for each in interpreters_here()}
    if len(found) < 2:
        pytest.skip("needs two supported interpreters")
    old, new = (found[minor] for minor in sorted(found)[-2:])
    arms = [f"httpx@py{each.text}" for each in (old, new)]
    ran = run("compare", *arms, "-n", "16", "--quick", "--out", str(tmp_path))
    assert ran.code == 0, ran
    summary = json.loads((results(tmp_path) / "summary.json").read_text())
    assert next(iter(summary["environment"])) == "interpreters"
    assert summary["incompatibilities"] == {"found": [], "allowed": False}
    said = {client["name"]: client["interpreter"]["version"] for client in summary["clients"]}
    assert said == {arm: each.version for arm, each in zip(arms, (old, new), strict=True)}
    (comparison,) = summary["comparisons"]
    assert comparison["gap"]
    # The same libraries on both sides: what is on one side only was not seen on the other, nothing was followed.
    functions = [row for layer in comparison["gap"] for row in layer["functions"]]
    assert {row["followed"] for row in functions} <= {"same name", "on one side only"}


@pytest.mark.parametrize(("client", "refused"), [("httpx==0.28.1", True), ("httpx==0.28.1@py3.12", False)])
def test_a_saved_baseline_that_names_its_python_is_measured_in_that_one(client: str, refused: bool) -> None:
    load = Scenario(concurrency=8)
    saved = SavedBaseline(SCHEMA, client, label_of(load), "3.12.1", "2026-11-28", "0.1", 100.0)
    said = ("the baseline was measured in Python 3.12, this is 3.14",)
    assert saved.differences(load, "3.14") == (said if refused else ())
