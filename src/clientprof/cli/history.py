"""``clientprof history``: results of many recordings, kept in one folder, over versions, days and Pythons."""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from clientprof.cli import CommandError
from clientprof.recording.clock import created_now

HELP = """Keep results of many recordings, and show trends and where they change.

`add` takes recordings of trace, compare and run into a folder of Parquet files;
the same one added twice is there once. `show` compares within one machine,
Python and load only, and writes a page. `query` runs one SELECT of DuckDB over
the tables recordings, results and exchanges, without access to files."""
EXAMPLES = """examples:
  clientprof history add reports/*/recording.clientprof
  clientprof history show --by version
  clientprof history query "SELECT client, version, avg(value) FROM results WHERE metric = 'cpu_us_per_request' GROUP BY ALL"
  clientprof history add --exchanges --machine build-7 recording.clientprof
  clientprof history show --client httpx2 --by date --json"""
COMMON = ("--history", "--by", "--client", "--exchanges")

_FOLDER = Path("reports") / "history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("add", "show", "query"), help="what to do")
    parser.add_argument("words", nargs="*", metavar="WORD", help="add: recordings; query: a SELECT")
    parser.add_argument(
        "--history", type=Path, default=_FOLDER, metavar="DIR", help=f"folder of the history (default: {_FOLDER}/)"
    )
    parser.add_argument("--by", choices=("version", "date", "python"), default="version", help="show: trends over it")
    parser.add_argument("--client", metavar="NAME", help="show: this client only, such as httpx2")
    parser.add_argument("--exchanges", action="store_true", help="add: keep every exchange too, for query")
    parser.add_argument(
        "--machine", metavar="NAME", help="add: the machine of these recordings, where another one looks the same"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="show: seed of its tests (default: 1)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="show: where to write the page (default: trends.html in the history)"
    )
    parser.add_argument("--json", action="store_true", help="show, query: print JSON on standard output")
    parser.add_argument("--csv", action="store_true", help="query: print CSV on standard output")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.experiments.history.tables import HistoryError

    _check(arguments)
    try:
        return {"add": _add, "show": _show, "query": _query}[arguments.action](arguments)
    except HistoryError as error:
        raise CommandError(str(error)) from None


_OPTIONS = {
    "exchanges": ("add",), "machine": ("add",), "client": ("show",), "out": ("show",), "json": ("show", "query"),
    "csv": ("query",),
}  # fmt: skip


def _check(arguments: argparse.Namespace) -> None:
    """Options of another action, and words that are missing or too many.

    Raises:
        CommandError: there is one.
    """
    action = arguments.action
    for name, actions in _OPTIONS.items():
        if getattr(arguments, name) not in (None, False) and action not in actions:
            raise CommandError(f"--{name} goes with `history {actions[0]}`", code=2)
    if arguments.json and arguments.csv:
        raise CommandError("--json or --csv, not both", code=2)
    words = len(arguments.words)
    if action == "add" and not words:
        raise CommandError("add which recordings? name their files: reports/*/recording.clientprof", code=2)
    if action == "show" and words:
        raise CommandError(f"show takes no {arguments.words[0]!r}; --client chooses a client", code=2)
    if action == "query" and words != 1:
        raise CommandError("a query is one SELECT, in quotes", code=2)


def _add(arguments: argparse.Namespace) -> int:
    """Add all that can be added; what cannot is named, and does not keep the others out."""
    from clientprof.experiments.history.store import History, connect
    from clientprof.experiments.history.tables import HistoryError

    connect().close()
    history = History(arguments.history)
    added, there, refused = 0, 0, 0
    for word in arguments.words:
        try:
            new = history.add(Path(word), exchanges=arguments.exchanges, machine=arguments.machine)
        except HistoryError as error:
            print(f"clientprof: {error}", file=sys.stderr)
            refused += 1
            continue
        added, there = added + new, there + (not new)
    print(f"{added} added to {arguments.history}" + (f", {there} were there" if there else ""))
    return 1 if refused else 0


def _show(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from clientprof.attribution.history.trends import trends_of
    from clientprof.cli.console.consoles import output_console
    from clientprof.cli.files.page_file import write_page
    from clientprof.experiments.history.question import observations
    from clientprof.experiments.history.store import History
    from clientprof.model.history import By
    from clientprof.report.exporters.summaries.history_summary import to_history_summary
    from clientprof.report.pages.history_page import render_history
    from clientprof.report.terminal import print_history

    found, machines = observations(History(arguments.history))
    known = sorted({each.client for each in found})
    if arguments.client is not None and arguments.client not in known:
        from clientprof.cli import closest

        raise CommandError(
            f"--client: no {arguments.client!r} in the history{closest(arguments.client, known)}", code=2
        )
    created = created_now()
    result = trends_of(found, machines, By(arguments.by), created, client=arguments.client, seed=arguments.seed)
    page: Path = arguments.out or arguments.history / "trends.html"
    result = replace(result, files={"page": str(page)})
    try:
        write_page(page, render_history(result))
    except OSError as error:
        raise CommandError(f"cannot write the page to {page}: {error.strerror or error}") from None
    if arguments.json:
        print(json.dumps(to_history_summary(result), indent=1, allow_nan=False))
    else:
        print_history(result, output_console())
    return 0


def _query(arguments: argparse.Namespace) -> int:
    from clientprof.experiments.history.question import answer
    from clientprof.experiments.history.store import History

    found = answer(History(arguments.history), arguments.words[0])
    if arguments.json:
        print(json.dumps([dict(zip(found.columns, map(_plain, row), strict=True)) for row in found.rows], indent=1))
    elif arguments.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([found.columns, *found.rows])
    else:
        _print_rows(found.columns, found.rows)
    return 0


def _plain(value: object) -> object:
    """The value as JSON has it; what JSON has not, as text."""
    if isinstance(value, float) and value - value != 0:
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from clientprof.cli.console.consoles import output_console
    from clientprof.report.terminal.layout import print_columns, safe

    numeric = [all(isinstance(row[place], int | float | None) for row in rows) for place in range(len(columns))]
    text = [[safe("" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)) for value in row]
            for row in rows]  # fmt: skip
    print_columns(output_console(), list(columns), "".join("r" if each else "l" for each in numeric), text)
