"""Which clients are measured here, and which need an environment of their own."""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environments import subjects
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.profilers import installable
from clientprof.experiments.environments.recipe import Recipe
from clientprof.experiments.environments.store import Environment, EnvironmentStore, Record
from clientprof.experiments.environments.subjects import Subject, prepare


@dataclass(frozen=True, slots=True)
class Asked(EnvironmentStore):
    """A store that makes nothing and remembers what it was asked for."""

    recipes: list[Recipe] = field(default_factory=list)

    def get(self, recipe: Recipe, say: Callable[[str], None], *, making: str) -> Environment:
        self.recipes.append(recipe)
        say(making)
        return Environment(Path("envs") / recipe.key, Record(recipe.label, "3.11.7", recipe.requirements, "pip", 0.0))


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """Whoever looks for another interpreter finds this one."""
    found = Interpreter("/opt/python", "CPython", "3.14.2", False, "x86_64", "another build")
    monkeypatch.setattr(subjects, "find_interpreter", lambda asked, named=None: found)
    return found


def prepared(text: str, known: dict[str, Any] | None = None) -> tuple[Subject, list[Recipe], list[str]]:
    store, said = Asked(Path("envs")), list[str]()
    (subject,) = prepare([ClientSpec.parse(text, known or CLIENTS)], None, said.append, store)
    return subject, store.recipes, said


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
def test_a_plain_installed_client_is_measured_here(client: str) -> None:
    subject, recipes, said = prepared(client)
    assert (subject.python, recipes, said) == (None, [], [])


def test_what_is_added_or_left_open_keeps_the_version_installed_here() -> None:
    here = CLIENTS["httpx"]().module_version()
    for text, first in (("httpx+sniffio", f"httpx=={here}"), ("httpx[http2]", f"httpx[http2]=={here}")):
        subject, (recipe,), _ = prepared(text)
        assert recipe.requirements[0] == first
        assert (subject.label, subject.version) == (text, None)
        assert subject.python is not None


def test_a_client_that_is_not_installed_gets_its_newest_version(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(CLIENTS["httpx"]):  # type: ignore[name-defined,misc]
        name, package = "absent", "absent-package"

    monkeypatch.setattr(subjects, "CLIENTS", {"absent": Absent})
    subject, (recipe,), said = prepared("absent", {"absent": Absent})
    assert recipe.requirements[0] == "absent-package"
    assert subject.label == "absent"
    assert said == ["installing absent (newest) into its own environment"]


def test_a_client_that_must_be_alone_is_never_measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    class Alone(CLIENTS["httpx"]):  # type: ignore[name-defined,misc]
        alone = True

    monkeypatch.setattr(subjects, "CLIENTS", {"httpx": Alone})
    subject, (recipe,), _ = prepared("httpx", {"httpx": Alone})
    assert subject.python is not None
    assert recipe.requirements[0] == f"httpx=={Alone().module_version()}"


@pytest.mark.usefixtures("another")
def test_a_client_that_names_its_python_is_measured_in_it_and_keeps_its_version() -> None:
    subject, (recipe,), _ = prepared("httpx@py3.14")
    assert (subject.label, recipe.interpreter.version) == ("httpx@py3.14", "3.14.2")
    assert recipe.requirements[0] == f"httpx=={CLIENTS['httpx']().module_version()}"


@pytest.mark.usefixtures("another")
def test_with_several_pythons_every_arm_gets_an_environment_of_its_own() -> None:
    store = Asked(Path("envs"))
    specs = [ClientSpec.parse(text, CLIENTS) for text in ("httpx", "httpx@py3.14")]
    assert None not in [subject.python for subject in prepare(specs, None, lambda text: None, store)]
    here, there = store.recipes
    assert here.client == there.client  # the interpreter is all that differs, and profilers that one cannot have
    for recipe in (here, there):
        assert tuple(part.name for part in recipe.profilers) == installable(recipe.interpreter.minor)
    assert here.interpreter != there.interpreter


def test_the_running_python_by_name_gets_an_environment_of_its_own_too() -> None:
    subject, (recipe,), _ = prepared(f"httpx@py:{sys.executable}")
    assert subject.python is not None
    assert recipe.interpreter.version == platform.python_version()
