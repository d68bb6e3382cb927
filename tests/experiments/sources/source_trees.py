"""Trees of small packages that build without a network: their backend lies beside them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BACKEND = '''\
"""A build backend: the package's folder and its metadata in a zip file."""
import pathlib, re, zipfile

def _project():
    text = pathlib.Path("pyproject.toml").read_text()
    found = lambda key: re.search(key + r' = "(.*)"', text)[1]
    return found("name"), found("version"), re.findall(r'requires-dist = "(.*)"', text)

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, version, requires = _project()
    if pathlib.Path("broken").exists():
        print("\\n".join(f"line {number}" for number in range(40)))
        raise RuntimeError("the tree is broken")
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, file), "w") as wheel:
        for path in pathlib.Path(name).rglob("*.py"):
            wheel.write(path, path.as_posix())
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        wheel.writestr(f"{info}/METADATA", "\\n".join(lines + [f"Requires-Dist: {each}" for each in requires]) + "\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    pathlib.Path("left_behind").touch()
    return file
'''


def project(folder: Path, name: str, version: str = "1.0", requires: str = "", code: str = "", more: str = "") -> Path:
    """Write a project that builds offline into ``folder``."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "__init__.py").write_text(code or f'__version__ = "{version}"\n')
    (folder / "backend.py").write_text(BACKEND)
    requirement = f'# requires-dist = "{requires}"\n' if requires else ""
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n{requirement}'
        f'[project]\nname = "{name}"\nversion = "{version}"\n{more}'
    )
    return folder


def run_git(folder: Path, *arguments: str) -> str:
    """Git with an identity of its own, whatever this machine has. Where there is none, the test is skipped."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.invalid", "-c", "commit.gpgsign=false")
    ran = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip
    return ran.stdout.strip()


def committed(folder: Path, message: str = "A change") -> str:
    """Commit everything in the folder, of which a repository is made if need be; the commit's name."""
    if not (folder / ".git").exists():
        run_git(folder, "init", "--quiet", "--initial-branch=main")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return run_git(folder, "rev-parse", "HEAD")


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its time of change and content, a repository's own files included."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }
