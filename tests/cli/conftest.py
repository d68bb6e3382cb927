"""One real trace that many tests look at."""

import json

import pytest

from command import QUICK, Traced, results, run


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """httpx against aiohttp, every lens, as small as it can be."""
    out = tmp_path_factory.mktemp("traced")
    ran = run("trace", "--client", "httpx", *QUICK, "--seed", "3", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    return Traced(folder, ran.out, ran.err, json.loads((folder / "summary.json").read_text()))
