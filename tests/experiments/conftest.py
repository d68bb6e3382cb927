"""A store of environments with one in it."""

import pytest

from clientprof.experiments.environments.store import Environment, EnvironmentStore
from wanted_recipes import recipe


@pytest.fixture(scope="session")
def kept(index: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[EnvironmentStore, Environment, list[str]]:
    """A store with one environment, freshly made, and what was said meanwhile."""
    store = EnvironmentStore(tmp_path_factory.mktemp("envs"))
    said: list[str] = []
    return store, store.get(recipe(), said.append, making="making it"), said
