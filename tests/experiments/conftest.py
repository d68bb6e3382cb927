"""A package index to install from, where there is one."""

import subprocess
import sys

import pytest

from clientprof.experiments.environments.store import Environment, EnvironmentStore
from wanted_recipes import recipe


@pytest.fixture(scope="session")
def index() -> None:
    """Skips where pip cannot reach its index: only then is there nothing to install from."""
    command = [sys.executable, "-m", "pip", "index", "versions", "httpx", "--retries", "0", "--timeout", "5"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index does not answer")
    if "0.28.1" not in ran.stdout:
        pytest.skip("the package index cannot be reached")


@pytest.fixture(scope="session")
def kept(index: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[EnvironmentStore, Environment, list[str]]:
    """A store with one environment, freshly made, and what was said meanwhile."""
    store = EnvironmentStore(tmp_path_factory.mktemp("envs"))
    said: list[str] = []
    return store, store.get(recipe(), said.append, making="making it"), said
