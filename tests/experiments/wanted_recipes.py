"""Recipes for the interpreter that runs the tests."""

import sys

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.interpreters import interpreter_at
from clientprof.experiments.environments.recipe import Recipe, recipe_of

SPEC = "httpx==0.28.1"


def recipe(text: str = SPEC) -> Recipe:
    """The recipe of a spec for the running interpreter."""
    spec = ClientSpec.parse(text, CLIENTS)
    python = interpreter_at(sys.executable)
    assert python is not None
    return recipe_of(spec, CLIENTS[spec.adapter], spec.version, python)
