"""Planted slow-downs that are measured two at a time: each has a core for its client."""

import os
from collections.abc import Iterator

import pytest

from clientprof.experiments.environment_rows import two_cores
from clientprof.proof.planting import planted_run


@pytest.fixture(scope="session", autouse=True)
def a_core_for_each_client() -> Iterator[None]:
    """The client of every other worker process runs on the core on which that of the one beside it has its server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    with pytest.MonkeyPatch.context() as patch:
        if int(worker.removeprefix("gw")) % 2:
            patch.setattr(planted_run, "two_cores", lambda: two_cores()[::-1])
        yield
