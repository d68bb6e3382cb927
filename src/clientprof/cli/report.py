"""``clientprof report``: a recording rendered again, without measuring."""

import argparse
from pathlib import Path

from clientprof.cli import CommandError
from clientprof.cli.selfcheck_file import add_selfcheck_argument

HELP = "Analyse and render a recording again, without measuring: report.html and summary.json in a new folder."
EXAMPLES = """examples:
  clientprof report reports/<run>/recording.clientprof
  clientprof report recording.clientprof --out /tmp/again
  clientprof report recording.clientprof --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.clientprof", help="what `clientprof trace` wrote")
    parser.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="default: reports/")
    parser.add_argument(
        "--json", action="store_true", help="print the summary as JSON on standard output, nothing else"
    )
    parser.add_argument("--quiet", action="store_true", help="only where the files are")
    add_selfcheck_argument(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.outcome import show, write_results
    from clientprof.recording.recording_file import read_recording
    from clientprof.recording.run_file import RecordingError

    try:
        recording = read_recording(arguments.file)
    except RecordingError as error:
        raise CommandError(str(error)) from None
    label = next((value for _, name, value in recording.manifest.workload if name == "scenario"), "recording")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot write to --out {arguments.out}: {error.strerror or error}", code=2) from None
    folder, result = write_results(recording, arguments.out, label, arguments.selfcheck)
    show(result, folder, as_json=arguments.json, quiet=arguments.quiet, progress=None)
    return 0
