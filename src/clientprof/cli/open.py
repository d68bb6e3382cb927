"""``clientprof open``: a report in the browser, the newest unless another is named."""

import argparse
import sys
import webbrowser
from pathlib import Path

from clientprof.cli import CommandError
from clientprof.cli.files.run_folders import newest_of_runs

HELP = """Open a report in the browser: the newest one under reports/, or the one of the
run that you name. Where there is no browser, only its path is printed."""
EXAMPLES = """examples:
  clientprof open
  clientprof open reports/RUN
  clientprof open /tmp/results"""
_REPORT = "report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        type=Path,
        nargs="?",
        default=Path("reports"),
        metavar="PATH",
        help="a report, a run's folder or any file in it, or a folder of runs (default: reports/)",
    )


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    report = report_at(arguments.path).resolve()
    print(report)
    try:
        shown = webbrowser.get().open(report.as_uri())
    except (webbrowser.Error, OSError):
        shown = False
    if not shown:
        print("clientprof: no browser was found here; open that file in one, or copy it: it is whole", file=sys.stderr)
    return 0


def report_at(path: Path) -> Path:
    """The report that is meant: the file itself, the one of that run, or the newest of the runs in that folder.

    Raises:
        CommandError: there is none.
    """
    if path.suffix == ".html" and path.is_file():
        return path
    folder = path.parent if path.is_file() else path
    if not folder.is_dir():
        raise CommandError(
            f"{path}: no such file or folder; `clientprof trace` and `clientprof run` write reports/<run>/{_REPORT}"
        )
    beside = folder / _REPORT
    if beside.is_file():
        return beside
    newest = None if path.is_file() else newest_of_runs(folder, _REPORT)
    if newest is None:
        raise CommandError(
            f"{folder} holds no {_REPORT}; make one, for example: clientprof trace --client httpx -n 512"
        )
    return newest
