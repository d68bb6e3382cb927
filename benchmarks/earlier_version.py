"""An earlier clientprof to measure beside this one: an environment with it, and the command line of whatever does so."""

import argparse
import compileall
import json
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import clientprof
from clientprof.recording.dataclass_json import from_json
from clientprof.workload.inventory import Inventory
from clientprof.workload.other_environment import command_in, variables_without_leaks
from rows import Row, finish

BEFORE = "2f803ee"
# What may differ between the two environments: nothing that they measure.
_OTHERS = ("clientprof", "pip", "setuptools", "wheel")
_TOLD = 8


def earlier(python: str | None, folder: Path) -> str:
    """The interpreter of an environment with the earlier version, ``python``'s or a new one in the folder, which has the
    packages that this one has: httpx, say, costs more where sniffio is not installed.

    Raises:
        SystemExit: the packages of ``python`` are others.
    """
    if python is None:
        return _installed(folder)
    here, there = packages(sys.executable), packages(python)
    unlike = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    if unlike:
        rows = ", ".join(f"{name} {there.get(name, '-')} and {here.get(name, '-')}" for name in unlike[:_TOLD])
        more = f" and {len(unlike) - _TOLD} more" if len(unlike) > _TOLD else ""
        raise SystemExit(f"{python} and {sys.executable} differ in packages, which would be measured too: {rows}{more}")
    return python


def packages(python: str) -> dict[str, str]:
    """The versions of the packages that an interpreter has, by their normal names."""
    command = command_in(python, "clientprof.workload.inventory", "httpx")
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=variables_without_leaks())
    found = from_json(Inventory, json.loads(ran.stdout))
    return {each.name: each.version for each in found.installed if each.name not in _OTHERS}


def _installed(folder: Path) -> str:
    """The interpreter of a new environment with the earlier version of this repository."""
    repository = Path(__file__).resolve().parent.parent
    source = folder / "source"
    source.mkdir()
    archive = subprocess.run(["git", "-C", str(repository), "archive", BEFORE], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], check=True, input=archive)
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / "bin" / "python")
    wanted = [f"{name}=={version}" for name, version in packages(sys.executable).items()]
    subprocess.run([python, "-m", "pip", "install", "-q", str(source), *wanted], check=True, capture_output=True)
    return python


def run_beside(
    title: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    measure: Callable[[argparse.Namespace], list[Row]],
    arguments: Sequence[str] | None,
) -> int:
    """Print the table of what ``measure`` makes of the options; 1 if a budget is not kept. ``options.before`` is the
    interpreter of an environment with the earlier version, None to make one.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", metavar="PYTHON", help="interpreter of an environment with the earlier version")
    add_arguments(parser)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    # The earlier version is installed, and so compiled. Where Python writes no bytecode (PYTHONDONTWRITEBYTECODE), each
    # worker of a checkout compiles 140 modules when it starts, 0.2 s long.
    compileall.compile_dir(Path(clientprof.__file__).parent, quiet=1)
    return finish(measure(options), title, as_json=options.json)
