"""An earlier clientprof to measure beside this one: an environment with it, and the command line of whatever does so."""

import argparse
import compileall
import subprocess
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import clientprof
from rows import Row, finish

BEFORE = "2f803ee"


def before(folder: Path) -> str:
    """The interpreter of a new environment with the earlier version of this repository."""
    repository = Path(__file__).resolve().parent.parent
    source = folder / "source"
    source.mkdir()
    archive = subprocess.run(["git", "-C", str(repository), "archive", BEFORE], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], check=True, input=archive)
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", str(source)], check=True, capture_output=True)
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
