"""``clientprof clients``: which clients can be measured here, and what was found in them."""

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clientprof.clients.adapter import Adapter

HELP = """List the clients that can be measured: the installed version, the versions that
clientprof was written for, and whether the functions that it observes were
found."""
EXAMPLES = """examples:
  clientprof clients
  clientprof clients --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.clients import CLIENTS
    from clientprof.clients.observed.installed_boundaries import find_boundaries
    from clientprof.probes.observation_points import find

    rows: list[dict[str, object]] = []
    for name, kind in CLIENTS.items():
        adapter = kind()
        try:
            version: str | None = adapter.module_version()
        except ImportError:
            version = None
        boundaries = find_boundaries(adapter) if version else ()
        seams = adapter.seams if version else []
        missing = [f"{b.module}:{b.function}" for b in boundaries if not b.found]
        missing += [target for target in seams if find(target) is None]
        rows.append(
            {
                "client": name,
                "installed": version,
                "written_for": adapter.known_versions,
                "boundaries": len({(b.module, b.function) for b in boundaries if b.found}),
                "seams": len(seams),
                "missing": missing,
                "opaque": adapter.opaque,
                "install": None if version else install_line(adapter),
            }
        )
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return 0
    _print(rows)
    return 0


def install_line(adapter: "Adapter") -> str:
    """How to get a client that is not installed."""
    if adapter.alone:
        return f"`--client {adapter.name}` makes an environment where it is alone"
    return f"pip install {' '.join((adapter.package, *adapter.needs))}"


def _print(rows: list[dict[str, object]]) -> None:
    from rich.table import Table

    from clientprof.cli.console.consoles import output_console

    console = output_console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("client")
    table.add_column("installed")
    table.add_column("adapter written for")
    table.add_column("boundaries", justify="right")
    table.add_column("seams", justify="right")
    table.add_column("missing", justify="right")
    for row in rows:
        missing = row["missing"]
        assert isinstance(missing, list)
        seen = ("opaque", "", "") if row["opaque"] else (str(row["boundaries"]), str(row["seams"]), str(len(missing)))
        table.add_row(str(row["client"]), str(row["installed"] or "no"), str(row["written_for"]), *seen)
    console.print(table)
    if any(row["opaque"] for row in rows):
        console.print("opaque: does its work outside Python and is measured from outside only", highlight=False)
    for row in rows:
        if row["install"]:
            console.print(f"{row['client']} is not installed: {row['install']}", highlight=False)
        missing = row["missing"]
        assert isinstance(missing, list)
        for target in missing:
            console.print(f"{row['client']} {row['installed']}: no {target}", highlight=False)
