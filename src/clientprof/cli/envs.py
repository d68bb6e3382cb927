"""``clientprof envs``: the environments that versions of clients are measured in."""

import argparse
import json
import time
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.experiments.environments.store import Environment

HELP = """List or remove the environments that were made for versions of clients.

They are kept in your cache folder and made again when they are needed. What was
built from sources goes with them."""
EXAMPLES = """examples:
  clientprof envs list
  clientprof envs list --json
  clientprof envs prune --days 30     those that no command used for 30 days
  clientprof envs prune --all"""

_DAY_S = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "prune"), help="list them, or remove some")
    parser.add_argument("--all", action="store_true", help="prune: remove every one")
    parser.add_argument("--days", type=float, metavar="N", help="prune: remove those not used for N days")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    if arguments.action == "list":
        if arguments.all or arguments.days is not None:
            raise CommandError("--all and --days go with `envs prune`", code=2)
        return _list(arguments.json)
    if arguments.all == (arguments.days is not None):
        raise CommandError("say what to prune: --all, or --days N for those not used for N days", code=2)
    if arguments.days is not None and not 0 <= arguments.days < float("inf"):
        raise CommandError(f"--days must be 0 or more, not {arguments.days:g}", code=2)
    return _prune(arguments.days, arguments.json)


def _list(as_json: bool) -> int:
    from rich.table import Table
    from rich.text import Text

    from clientprof.cli.console.consoles import output_console
    from clientprof.experiments.environments.store import EnvironmentStore, made_text

    store = EnvironmentStore()
    kept = tuple(store.all())
    if as_json:
        print(json.dumps([_row(environment) for environment in kept], indent=1))
        return 0
    console = output_console()
    if not kept:
        console.print(f"No environments in {store.folder}.", highlight=False, soft_wrap=True)
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("client", "python", "size", "made", "last used", "with"):
        table.add_column(title, justify="right" if title == "size" else "left")
    for environment in kept:
        record = environment.record
        size = f"{environment.size_bytes / 1e6:.0f} MB"
        times = made_text(record.made_s), made_text(environment.used_s)
        table.add_row(*map(Text, (record.label, record.python, size, *times, record.installer)))
    console.print(table)
    console.print(f"in {store.folder}", highlight=False, soft_wrap=True)
    return 0


def _prune(days: float | None, as_json: bool) -> int:
    from clientprof.experiments.environments.store import EnvironmentStore
    from clientprof.experiments.sources.builds import SourceStore

    store = EnvironmentStore()
    removed: list[Environment] = []
    busy: list[str] = []
    freed_bytes = 0
    for environment in store.all():
        if days is not None and time.time() - environment.used_s < days * _DAY_S:
            continue
        size_bytes = environment.size_bytes
        if store.remove(environment):
            removed.append(environment)
            freed_bytes += size_bytes
        else:
            busy.append(environment.record.label)
    store.remove_leftovers()
    freed_bytes += SourceStore().remove(days)
    if as_json:
        print(json.dumps({"removed": [e.record.label for e in removed], "busy": busy, "freed_bytes": freed_bytes}))
        return 0
    for environment in removed:
        print(f"removed {environment.record.label} (Python {environment.record.python})")
    for label in busy:
        print(f"kept {label}: another command is just making it")
    print(f"{len(removed)} removed, {freed_bytes / 1e6:.0f} MB")
    return 0


def _row(environment: "Environment") -> dict[str, object]:
    record = environment.record
    return {
        "client": record.label,
        "python": record.python,
        "requirements": list(record.requirements),
        "packages": list(record.packages),
        "installer": record.installer,
        "size_bytes": environment.size_bytes,
        "made_s": record.made_s,
        "used_s": environment.used_s,
        "folder": str(environment.folder),
    }
