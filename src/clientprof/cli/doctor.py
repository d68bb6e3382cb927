"""``clientprof doctor``: what flips results on this machine."""

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.experiments.environment_rows import EnvironmentRow

HELP = """Show what can change results on this machine: interpreters, packages, TLS,
environment variables, clock, cores, file descriptors, and functions that could
not be found."""
EXAMPLES = """examples:
  clientprof doctor
  clientprof doctor -n 2000      is this machine ready for 2000 requests at once?"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", type=int, default=512, metavar="N", help="requests at once to check for (default: 512)")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from rich.table import Table
    from rich.text import Text

    from clientprof.cli.console.consoles import output_console

    if arguments.n < 1:
        raise CommandError(f"-n must be 1 or more, not {arguments.n}", code=2)
    from clientprof.experiments.environment_rows import environment_rows

    rows = (*environment_rows(arguments.n), *_interpreters(), *_boundaries(), *_instruments())
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return 0
    console = output_console()
    for group, members in itertools.groupby(rows, key=lambda row: row.group):
        console.print(Text(group, style="bold"))
        table = Table.grid(padding=(0, 1, 0, 1))
        table.add_column(width=20)
        table.add_column()
        for row in members:
            table.add_row(Text(row.name), Text(row.value))
            if row.advice:
                table.add_row("", Text(f"! {row.advice}", style="yellow"))
        console.print(table)
        console.print()
    advices = sum(bool(row.advice) for row in rows)
    console.print(
        f"{advices} of these are likely to flip a result." if advices else "Nothing here is known to flip a result."
    )
    return 0


def _interpreters() -> "Iterator[EnvironmentRow]":
    from clientprof.experiments.environment_rows import EnvironmentRow as Row
    from clientprof.experiments.environments.interpreters import SUPPORTED, interpreters_here

    yield Row("interpreters to measure in", "supported", f"{SUPPORTED}, such as httpx@py3.14 where that is installed")
    for each in interpreters_here():
        yield Row("interpreters to measure in", each.text, each.compiler)


def _instruments() -> "Iterator[EnvironmentRow]":
    """The table of private seams, held against this interpreter and what is installed."""
    from importlib.util import find_spec

    from clientprof.experiments.environment_rows import EnvironmentRow as Row
    from clientprof.probes.private_seams import standing
    from clientprof.probes.seam_table import SEAMS

    for instrument, seams in SEAMS.items():
        package = seams[0].target.partition(":")[0].partition(".")[0]
        if find_spec(package) is None:
            yield Row("instruments", instrument, f"{package} is not installed")
            continue
        held = [standing(seam) for seam in seams]
        faults = [f"{one.seam.target} {one.fault}" for one in held if one.fault is not None]
        known = f"{len(held)} seams fit, as read in {seams[0].read_in}"
        yield Row(
            "instruments",
            instrument,
            f"left out: {len(faults)} of {len(held)} seams do not fit" if faults else known,
            f"Measured without it: {'; '.join(faults)}." if faults else "",
        )


def _boundaries() -> "Iterator[EnvironmentRow]":
    from clientprof.clients import CLIENTS
    from clientprof.clients.observed.installed_boundaries import find_boundaries
    from clientprof.experiments.environment_rows import EnvironmentRow as Row

    for name, kind in CLIENTS.items():
        adapter = kind()
        try:
            version = adapter.module_version()
        except ImportError:
            yield Row("boundaries", name, "not installed")
            continue
        missing = sorted({f"{b.module}:{b.function}" for b in find_boundaries(adapter) if not b.found})
        yield Row(
            "boundaries",
            f"{name} {version}",
            f"{len(missing)} not found" if missing else "all found",
            f"Not in this version: {', '.join(missing)}." if missing else "",
        )
