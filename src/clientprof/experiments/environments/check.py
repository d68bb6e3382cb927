"""A finished environment, held against its recipe: asked from inside, before anything is measured in it."""

import json
import subprocess
from pathlib import Path

from clientprof.experiments.environments.client_specs import Part
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.recipe import Recipe
from clientprof.recording.dataclass_json import from_json
from clientprof.workload.inventory import Inventory
from clientprof.workload.other_environment import command_in, variables_without_leaks
from clientprof.workload.versions import same_version

_TIMEOUT_S = 60.0


def check(recipe: Recipe, python: Path) -> Inventory:
    """The inventory of the environment whose interpreter is ``python``.

    Raises:
        EnvironmentProblem: it does not start, or does not hold what the recipe says.
    """
    command = command_in(str(python), "clientprof.workload.inventory", recipe.adapter)
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL, env=variables_without_leaks(),
        )  # fmt: skip
        inventory = from_json(Inventory, json.loads(ran.stdout.splitlines()[-1]))
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise EnvironmentProblem(f"the environment of {recipe.label} does not start: {type(error).__name__}") from error
    if inventory.problem is not None:
        raise EnvironmentProblem(f"{recipe.label}: {inventory.problem}")
    for part in (*recipe.client, *recipe.profilers):
        _hold(recipe, inventory, part)
    return inventory


def _hold(recipe: Recipe, inventory: Inventory, part: Part) -> None:
    found = inventory.of(part.name)
    if found is None:
        raise EnvironmentProblem(f"the environment of {recipe.label} lacks {part.text}")
    if part.version is not None and not same_version(found.version, part.version):
        raise EnvironmentProblem(f"the environment of {recipe.label} holds {part.name} {found.version}")
    for extra in part.extras:
        if extra not in found.extras:
            offered = f"there are {', '.join(found.extras)}" if found.extras else "it has none"
            raise EnvironmentProblem(f"{recipe.label}: {part.name} {found.version} has no extra {extra!r}; {offered}")
