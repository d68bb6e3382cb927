"""Where environments are kept, and under which key."""

from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environments import recipe as recipes
from clientprof.experiments.environments.build import commands
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.environments.folders import environments_folder, python_of
from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.recipe import BuiltPart, Recipe, recipe_of
from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.model.provenance.distributions import normal_name
from clientprof.workload.inventory import Installed, Inventory

PYTHON = Interpreter("/usr/bin/python3", "CPython", "3.11.7", False, "x86_64")


def recipe(text: str = "httpx==0.27.2", interpreter: Interpreter = PYTHON) -> Recipe:
    spec = ClientSpec.parse(text, CLIENTS)
    return recipe_of(spec, CLIENTS[spec.adapter], spec.version, interpreter)


@pytest.mark.parametrize(
    ("variables", "platform", "folder"),
    [
        ({}, "linux", "/home/me/.cache/clientprof/envs"),
        ({"XDG_CACHE_HOME": "/fast"}, "linux", "/fast/clientprof/envs"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/me/.cache/clientprof/envs"),
        ({}, "darwin", "/home/me/Library/Caches/clientprof/envs"),
        ({"XDG_CACHE_HOME": "/fast"}, "darwin", "/fast/clientprof/envs"),
        ({}, "win32", "/home/me/AppData/Local/clientprof/envs"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/clientprof/envs"),
    ],
)
def test_each_platform_has_its_folder(variables: dict[str, str], platform: str, folder: str) -> None:
    assert environments_folder(variables, platform, Path("/home/me")) == Path(folder)


def test_the_interpreter_lies_where_the_platform_puts_it() -> None:
    assert python_of(Path("env"), "linux") == PurePath("env/bin/python")
    assert python_of(Path("env"), "win32") == PurePath("env/Scripts/python.exe")


def test_the_key_is_readable_and_a_plain_folder_name() -> None:
    key = recipe("httpx[http2]==0.28.1+sniffio==1.3.0").key
    assert key.startswith("httpx-http2-0.28.1-sniffio-1.3.0-py3.11-")
    assert all(letter.isalnum() or letter in ".-" for letter in key)


def test_the_same_recipe_has_the_same_key_wherever_its_interpreter_lies() -> None:
    assert recipe().key == recipe(interpreter=replace(PYTHON, path="/opt/python3")).key


@pytest.mark.parametrize(
    "other",
    [
        recipe("httpx==0.28.1"),
        recipe("httpx[http2]==0.27.2"),
        recipe("httpx==0.27.2+sniffio"),
        recipe(interpreter=replace(PYTHON, version="3.11.8")),
        recipe(interpreter=replace(PYTHON, free_threaded=True)),
        recipe(interpreter=replace(PYTHON, implementation="PyPy")),
        recipe(interpreter=replace(PYTHON, machine="aarch64")),
        recipe(interpreter=replace(PYTHON, build="3.11.7 (main, May 1 2026) [Clang 17.0.6]")),
    ],
)
def test_what_makes_a_difference_changes_the_key(other: Recipe) -> None:
    assert other.key != recipe().key


def test_other_profilers_make_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe()
    assert {part.name for part in before.profilers} == {"yappi", "pyinstrument"}
    monkeypatch.setattr(recipes, "version_here", lambda name: "99.0")
    assert recipe().key != before.key


def test_a_profiler_that_was_added_by_name_is_the_one_of_its_lens() -> None:
    made = recipe("httpx==0.28.1+pyinstrument==4.7.3")
    wanted = [text for text in made.requirements if text.startswith("pyinstrument")]
    assert wanted == ["pyinstrument==4.7.3"]
    assert [part.name for part in made.profilers] == ["yappi"]


def test_the_adapters_distribution_is_what_gets_pinned() -> None:
    class Sync(CLIENTS["httpx"]):  # type: ignore[name-defined,misc]
        name = "httpx-sync"

    spec = ClientSpec.parse("httpx-sync==0.27.2+sniffio", {"httpx-sync": Sync})
    made = recipe_of(spec, Sync, spec.version, PYTHON)
    assert made.label == "httpx-sync==0.27.2+sniffio"
    assert made.requirements[:2] == ("httpx==0.27.2", "sniffio")


@pytest.mark.parametrize("name", [name for name, kind in CLIENTS.items() if kind.package])
def test_the_adapters_distribution_is_named_as_an_inventory_names_it(name: str) -> None:
    own = recipe(f"{name}==1.0").client[0]
    inventory = Inventory("3.11.7", (Installed(normal_name(CLIENTS[name].package), "1.0"),))
    assert inventory.of(own.name) is not None


def test_what_an_adapter_needs_beside_is_installed_unless_it_was_added_by_name() -> None:
    class Both(CLIENTS["httpx"]):  # type: ignore[name-defined,misc]
        needs = ("sniffio",)

    for text, wanted in (("httpx", "sniffio"), ("httpx+sniffio==1.3.0", "sniffio==1.3.0")):
        spec = ClientSpec.parse(text, {"httpx": Both})
        made = recipe_of(spec, Both, "0.28.1", PYTHON)
        assert [text for text in made.requirements if text.startswith("sniffio")] == [wanted]


def of_source(commit: str, content: str, pins: tuple[str, ...] = ()) -> Recipe:
    found = FoundSource(SourceKind.COMMIT, Path("/home/me/tree"), ".", "tree", commit)
    spec = ClientSpec("httpx", ("http2",), source=SourceAsked("tree", "main", found))
    part = Part("httpx", ("http2",), "0.28.1", spec.source)
    built = (BuiltPart(part, Path("/cache/a+b/httpx-0.28.1-py3-none-any.whl"), content),)
    return recipe_of(spec, CLIENTS["httpx"], None, PYTHON, built, pins)


def test_a_source_is_named_by_its_commit_installed_by_its_file_and_kept_by_what_was_built() -> None:
    one, other = of_source("1a2b3c4d5e6f", "c0ffee"), of_source("999999999999", "c0ffee")
    assert one.requirements[0] == one.label == "httpx[http2]@1a2b3c4d5"
    assert one.to_install[0] == "httpx[http2] @ file:///cache/a%2Bb/httpx-0.28.1-py3-none-any.whl"
    assert (one.key, one.key.startswith("httpx-c0ffee-py3.11-")) == (other.key, True)
    assert one.key != of_source("1a2b3c4d5e6f", "decaf").key
    assert one.key != of_source("1a2b3c4d5e6f", "c0ffee", ("anyio==4.0",)).key


def test_pins_are_constraints_that_the_installer_reads_from_beside_the_environment() -> None:
    pinned = of_source("1a2b3c4d5e6f", "c0ffee", ("anyio==4.0",))
    install = commands(pinned, Path("/store/env"))[-1]
    assert install[install.index("--constraint") + 1] == f"/store/.pins-{pinned.key}.txt"
    assert "anyio==4.0" not in install
