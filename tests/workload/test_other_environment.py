"""A module of clientprof in another environment: it runs from its own files and sees nothing of this environment."""

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import clientprof
from clientprof.workload.other_environment import command_in, variables_without_leaks


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment with nothing in it."""
    folder = tmp_path_factory.mktemp("empty") / "env"
    venv.create(folder, with_pip=False)
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def inventory(python: str, folder: Path) -> dict[str, object]:
    ran = subprocess.run(
        command_in(python, "clientprof.workload.inventory", "httpx"),
        capture_output=True, text=True, timeout=60, env=variables_without_leaks(), cwd=folder,
    )  # fmt: skip
    assert ran.returncode == 0, ran
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def test_nothing_of_this_environment_is_seen(empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two ways in: a folder on PYTHONPATH, and a module in the folder where the command is run.
    for folder in (tmp_path / "on-path", tmp_path):
        folder.mkdir(exist_ok=True)
        (folder / "httpx.py").write_text("__version__ = '0.0.1'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "on-path"))
    found = inventory(empty, tmp_path)
    assert found["installed"] == []
    assert found["version"] is None
    assert "httpx cannot be imported: ModuleNotFoundError" in str(found["problem"])


def test_code_keeps_the_names_of_its_files(empty: str, tmp_path: Path) -> None:
    """Owners of frames are found by file name: clientprof's own must not look like the application's."""
    command = command_in(empty, "clientprof.workload.inventory", "httpx")
    at = command.index("-c") + 1
    probe = (
        "import clientprof.recording.recorder as r; print(r.Recorder.__init__.__code__.co_filename); print(sys.path)"
    )
    command[at] = command[at].partition("del sys.argv")[0] + probe
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=variables_without_leaks())
    file, path = ran.stdout.splitlines()
    package = Path(clientprof.__file__).resolve().parent
    assert Path(file) == package / "recording" / "recorder.py"
    assert str(package.parent) not in path
