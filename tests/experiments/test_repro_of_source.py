"""The script of a finding on a source is handed out unrun, and says why."""

import pytest

from client_results import client
from clientprof.experiments.repros.run import run_repro


@pytest.mark.parametrize("name", ["httpx2@1a2b3c4d5", "httpx2+h11@1a2b3c4d5-dirty"])
def test_a_source_is_not_looked_for_again(name: str) -> None:
    repro = run_repro("raise SystemExit", client(name=name), None, lambda text: None)
    assert repro.reason == f"it was not run: {name} is no release; run it where that source is installed"
    assert not repro.confirmed
