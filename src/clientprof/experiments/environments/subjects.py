"""From the clients asked for to the interpreters that measure them."""

import importlib.metadata
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter
from clientprof.experiments.client_specs import ClientSpec
from clientprof.experiments.environments.build import installer
from clientprof.experiments.environments.interpreters import Interpreter, find_interpreter, interpreter_at
from clientprof.experiments.environments.recipe import recipe_of
from clientprof.experiments.environments.store import EnvironmentStore, Say
from clientprof.workload.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Subject:
    """One client to measure: the label it goes by, its adapter, and where.

    ``python`` is the interpreter of its environment, None for this one; ``version`` what must be found there, None for
    any; ``about`` tells the reader of a report. ``scenario`` is a load of its own, None for the plan's: so that one client
    can be measured in two ways.
    """

    label: str
    adapter: str
    python: str | None = None
    version: str | None = None
    about: str = "measured where clientprof is installed"
    scenario: Scenario | None = None


def prepare(
    specs: Sequence[ClientSpec], python: str | None, say: Say, store: EnvironmentStore | None = None
) -> tuple[Subject, ...]:
    """A subject for each spec, in order; environments that are missing are made, and ``say`` tells so.

    Raises:
        EnvironmentProblem: one cannot be had. Nothing has been measured then.
    """
    interpreter = None if python is None else find_interpreter(python)
    if interpreter is not None and _is_this_one(interpreter):
        interpreter = None
    return tuple(_prepare(spec, interpreter, say, store) for spec in specs)


def _prepare(spec: ClientSpec, interpreter: Interpreter | None, say: Say, store: EnvironmentStore | None) -> Subject:
    adapter = CLIENTS[spec.adapter]
    here = _installed_here(adapter)
    if spec.plain and here is not None and interpreter is None and not adapter.alone:
        return Subject(spec.label, spec.adapter)
    # What is installed here is what is meant where no version is named: then only what was asked for differs.
    version = spec.version or here or None
    used = interpreter or _this_interpreter()
    recipe = recipe_of(spec, adapter, version, used)
    if version is None and adapter.package:
        making = f"installing {spec.label} (newest) into its own environment"
    else:
        making = f"making the environment of {spec.label} ({used.name}, with {installer()})"
    environment = (store or EnvironmentStore()).get(recipe, say, making=making)
    about = f"an environment of its own, {used.name}: {', '.join(recipe.requirements)}"
    return Subject(spec.label, spec.adapter, environment.python, spec.version, about)


def _installed_here(adapter: type[Adapter]) -> str | None:
    """The version of the adapter's distribution in this environment ("" where it needs none), None if it is missing."""
    try:
        for name in adapter.needs:
            importlib.metadata.version(name)
        return importlib.metadata.version(adapter.package) if adapter.package else ""
    except importlib.metadata.PackageNotFoundError:
        return None


def _this_interpreter() -> Interpreter:
    found = interpreter_at(sys.executable)
    assert found is not None, "the running interpreter starts"
    return found


def _is_this_one(interpreter: Interpreter) -> bool:
    return replace(interpreter, path="") == replace(_this_interpreter(), path="")
