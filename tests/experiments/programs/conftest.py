"""What several tests of programs have in common."""

import subprocess
import venv

import pytest


@pytest.fixture(scope="session")
def python_with_niquests(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of an environment of its own, for niquests takes urllib3's place."""
    folder = tmp_path_factory.mktemp("niquests")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "niquests", "requests"]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    return str(python)
