"""Clients that cannot live beside the others keep the same contract, in an environment of their own."""

import subprocess
import venv
from pathlib import Path

import pytest

from clientprof.clients import CLIENTS
from measurable_clients import ALONE, MISSING

ROOT = Path(__file__).parents[2]
# What the contract's tests need besides the client.
TOOLS = ("pytest", "pytest-timeout", "hypothesis", "brotli", "hpack", "uvloop")


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted({CLIENTS[name].package for name in ALONE}))
def test_the_contract_is_kept_by_clients_that_must_be_alone(package: str, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-compile", "-e", str(ROOT), package, *TOOLS],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    clients = [name for name in ALONE if CLIENTS[name].package == package]
    # Not the project's options, which need more tools; and not this test, which would find itself.
    options = ("-p", "no:cacheprovider", "-o", "addopts=", "-m", "not slow", "-rA")
    ran = subprocess.run(
        [python, "-m", "pytest", "tests/clients", "-k", " or ".join(clients), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:]
    passed = [line for line in ran.stdout.splitlines() if line.startswith("PASSED")]
    for client in clients:
        assert sum(client in line for line in passed) > 40, client


def test_only_clients_that_must_be_alone_are_missing_here() -> None:
    missing = []
    for name, kind in CLIENTS.items():
        try:
            kind().module_version()
        except ImportError:
            missing.append(name)
    assert set(missing) <= {*ALONE, *MISSING}
