"""Environments are made once, whole or not at all, and used again."""

import json
import multiprocessing
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environments import build
from clientprof.experiments.environments import store as stores
from clientprof.experiments.environments.build import commands
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.profilers import installable
from clientprof.experiments.environments.recipe import Recipe
from clientprof.experiments.environments.store import Environment, EnvironmentStore
from clientprof.experiments.environments.subjects import prepare
from store_folders import lay_down
from wanted_recipes import SPEC, recipe

Kept = tuple[EnvironmentStore, Environment, list[str]]


def refuse_to_build(recipe: Recipe, folder: Path, final: Path) -> None:
    raise AssertionError("it was made again")


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_fresh_environment_holds_the_version_and_the_profilers(kept: Kept) -> None:
    store, environment, said = kept
    assert said == ["making it"]
    assert visible(store.folder) == [environment.key]
    names = {package.partition("==")[0] for package in environment.record.packages}
    assert {"httpx", "httpcore", *installable(sys.version_info[:2])} <= names
    assert not names & {"aiohttp", "numpy", "rich", "pytest", "clientprof"}
    assert "httpx==0.28.1" in environment.record.packages


def test_the_next_time_it_is_used_as_it_is(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    store, environment, _ = kept
    monkeypatch.setattr(stores, "build", refuse_to_build)
    said: list[str] = []
    before_s = environment.used_s
    time.sleep(0.01)
    again = store.get(recipe(), said.append, making="making it")
    assert (again, said) == (environment, [])
    assert again.used_s > before_s
    assert [kept.key for kept in store.all()] == [environment.key]


def test_a_spec_with_a_version_is_measured_in_its_environment(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    store, environment, _ = kept
    monkeypatch.setattr(stores, "build", refuse_to_build)
    plain, pinned = prepare([ClientSpec("httpx"), ClientSpec.parse(SPEC, CLIENTS)], None, print, store)
    assert (plain.label, plain.python, plain.version) == ("httpx", None, None)
    assert (pinned.label, pinned.adapter, pinned.version) == (SPEC, "httpx", "0.28.1")
    assert pinned.python == environment.python


def test_one_that_was_changed_since_is_made_anew(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, environment, _ = kept
    store = EnvironmentStore(tmp_path)
    copy = tmp_path / environment.key
    shutil.copytree(environment.folder, copy, symlinks=True)
    (httpx,) = copy.glob("lib/*/site-packages/httpx/__version__.py")
    # Of another length: Python takes its compiled file for current if second and size are the same.
    httpx.write_text(httpx.read_text().replace("0.28.1", "0.28.22"))
    monkeypatch.setattr(stores, "build", refuse_to_build)
    with pytest.raises(AssertionError, match="it was made again"):
        store.get(recipe(), print, making="")
    assert visible(tmp_path) == []


def test_one_made_by_hand_is_taken_over(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, environment, _ = kept
    store = EnvironmentStore(tmp_path)
    copy = tmp_path / environment.key
    shutil.copytree(environment.folder, copy, symlinks=True)
    (copy / "environment.json").unlink()
    assert list(store.all()) == []
    monkeypatch.setattr(stores, "build", refuse_to_build)
    assert store.get(recipe(), print, making="").record.installer == "by hand"
    assert json.loads((copy / "environment.json").read_text())["label"] == SPEC


def test_an_extra_that_does_not_exist_leaves_nothing_behind(index: None, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"httpx 0\.28\.1 has no extra 'zork'; there are brotli, cli, http2"):
        EnvironmentStore(tmp_path).get(recipe("httpx[zork]==0.28.1"), print, making="")
    assert visible(tmp_path) == []


def test_a_version_that_does_not_exist_is_refused_with_the_nearest(index: None, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"no httpx 0\.27\.9 for Python .*nearest are .*0\.27\.2, 0\.28\.0"):
        EnvironmentStore(tmp_path).get(recipe("httpx==0.27.9"), print, making="")
    assert visible(tmp_path) == []


def test_without_a_network_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("PIP_CONFIG_FILE", "/dev/null"), ("PIP_FIND_LINKS", ""), ("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
        ("UV_INDEX_URL", "http://127.0.0.1:9/simple"), ("UV_NO_CACHE", "1"), ("UV_HTTP_RETRIES", "0"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    made = recipe("httpx==0.23.1")
    with pytest.raises(EnvironmentProblem) as caught:
        EnvironmentStore(tmp_path).get(made, print, making="")
    assert made.key in str(caught.value)
    for command in commands(made, tmp_path / made.key):
        assert " ".join(command[-2:]) in str(caught.value)
    assert visible(tmp_path) == []


@pytest.mark.parametrize("ending", [KeyboardInterrupt, EnvironmentProblem, OSError])
def test_an_interrupted_build_leaves_nothing(
    ending: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(recipe: Recipe, folder: Path, final: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise ending

    monkeypatch.setattr(stores, "build", half)
    with pytest.raises((ending, EnvironmentProblem)):
        EnvironmentStore(tmp_path).get(recipe(), print, making="")
    assert visible(tmp_path) == []


def test_what_a_killed_build_left_is_no_environment_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EnvironmentStore(tmp_path)
    left = lay_down(tmp_path, f".building-{recipe().key}.4711")
    assert list(store.all()) == []

    def build_anew(recipe: Recipe, folder: Path, final: Path) -> None:
        assert not folder.exists()
        raise EnvironmentProblem("far enough")

    monkeypatch.setattr(stores, "build", build_anew)
    with pytest.raises(EnvironmentProblem, match="far enough"):
        store.get(recipe(), print, making="")
    assert not left.exists()
    other = lay_down(tmp_path, ".building-other.4711")
    store.remove_leftovers()
    assert not other.exists()


def _build_slowly(folder: Path, answers: "multiprocessing.SimpleQueue[tuple[int, list[str]]]") -> None:
    builds = 0

    def slow(recipe: Recipe, partial: Path, final: Path) -> None:
        nonlocal builds
        builds += 1
        partial.mkdir()  # fails where another one is at it
        time.sleep(0.5)

    stores.build = slow
    stores.check = lambda recipe, python: stores.Inventory("3.11", ())  # an empty folder will do here
    said: list[str] = []
    EnvironmentStore(folder).get(recipe(), said.append, making="making it")
    answers.put((builds, said))


def test_two_commands_do_not_build_the_same_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.SimpleQueue[tuple[int, list[str]]] = context.SimpleQueue()
    both = [context.Process(target=_build_slowly, args=(tmp_path, answers)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(30)
    assert [process.exitcode for process in both] == [0, 0]
    told = sorted((answers.get() for _ in both), reverse=True)
    assert [builds for builds, _ in told] == [1, 0]
    assert told[0][1] == ["making it"]
    assert told[1][1] in ([], [f"waiting for another command that makes the environment of {SPEC}"])


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match="set XDG_CACHE_HOME to a folder you may write to"):
        EnvironmentStore(tmp_path / "file" / "envs").get(recipe(), print, making="")


def test_settings_that_lead_packages_elsewhere_do_not_reach_the_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    ran = build.run_tool(("env",))
    assert isinstance(ran, subprocess.CompletedProcess)
    assert "=/elsewhere" not in ran.stdout
    assert "PIP_INDEX_URL=https://index.example/simple" in ran.stdout
