"""The columns import each other only as the contracts in pyproject.toml allow, and the measured process stays lean."""

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

import clientprof

ROOT = Path(__file__).parent.parent
SOURCE = Path(clientprof.__file__).parent
# Imports a module where no site-packages can be seen, and says what else was loaded.
LOADER = """
import sys
import sysconfig
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import importlib
importlib.import_module(sys.argv[2])
print("\\n".join(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def loaded_with(module: str) -> set[str]:
    """Top-level names that importing the module loads, without site-packages (-S) and the user's settings (-I)."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOADER, str(SOURCE.parent), module],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


def test_every_contract_is_kept(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_package_is_in_the_layers_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    named = {name.strip() for layer in layers for name in layer.split("|")}
    packages = {f"clientprof.{path.parent.name}" for path in SOURCE.glob("*/__init__.py")}
    assert packages <= named


@pytest.mark.parametrize(
    "module", ["clientprof.workload.worker", "clientprof.probes.sampling.sampler", "clientprof.cli"]
)
def test_what_runs_in_the_measured_process_loads_nothing_but_the_standard_library(module: str) -> None:
    loaded = loaded_with(module)
    assert "clientprof" in loaded
    foreign = loaded - {"clientprof"} - set(sys.stdlib_module_names)
    # What builds add to the standard library's own folder is in no list: sysconfig's data, named after the platform, and
    # since Python 3.15 what a distribution says of modules that it left out.
    library = Path(sysconfig.get_path("stdlib"))
    assert {name for name in foreign if not (library / f"{name}.py").is_file()} == set()


def test_the_loader_would_see_a_foreign_module(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="No module named"):
        loaded_with("clientprof.report.terminal.layout")  # needs rich, which -S hides
