"""Clients that cannot live beside the others keep the same contract, in an environment of their own."""

import functools
import re
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from clientprof.clients import CLIENTS
from measurable_clients import ALONE, MISSING

ROOT = Path(__file__).parents[2]
# What the contract's tests need besides the client.
TOOLS = ("pytest", "pytest-timeout", "hypothesis", "brotli", "hpack", "uvloop")


@pytest.fixture(scope="module")
def python_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The interpreter of an environment with a package and what tests need; clients of one package share it."""

    @functools.cache
    def made(package: str) -> Path:
        folder = tmp_path_factory.mktemp("alone")
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "-e", str(ROOT), package, *TOOLS],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return python

    return made


@pytest.mark.slow
@pytest.mark.parametrize("client", ALONE)
def test_the_contract_is_kept_by_a_client_that_must_be_alone(client: str, python_with: Callable[[str], Path]) -> None:
    python = python_with(CLIENTS[client].package)
    # Not the project's options, which need more tools; and not this test, which would find itself.
    options = ("-p", "no:cacheprovider", "-o", "addopts=", "-m", "not slow")
    ran = subprocess.run(
        [python, "-m", "pytest", "tests/clients", "-k", client, *options],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None
    assert int(passed[1]) > 40


def test_only_clients_that_must_be_alone_are_missing_here() -> None:
    missing = []
    for name, kind in CLIENTS.items():
        try:
            kind().module_version()
        except ImportError:
            missing.append(name)
    assert set(missing) <= {*ALONE, *MISSING}
