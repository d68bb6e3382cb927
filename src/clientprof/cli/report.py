"""``clientprof report``: a recording rendered again, without measuring."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clientprof.cli import CommandError
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.files.selfcheck_file import add_selfcheck_argument

if TYPE_CHECKING:
    from clientprof.model.recording import Recording
    from clientprof.model.results import SelfCheck

    Write = Callable[[Recording, Path], tuple[Path, Any]]

HELP = """Render a recording again, without measuring: report.html and summary.json in a
new folder. Several recordings of one comparison or matrix, measured with
--cluster, become one result with all their blocks."""
EXAMPLES = """examples:
  clientprof report reports/RUN/recording.clientprof
  clientprof report recording.clientprof --out /tmp/again
  clientprof report recording.clientprof --json
  clientprof report monday/recording.clientprof tuesday/recording.clientprof"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE.clientprof",
        help="what run, trace, compare, matrix, sweep, explain or scenario wrote",
    )
    add_output_arguments(parser)
    add_selfcheck_argument(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.files.recordings import open_recording

    recording = _together(arguments.files) if len(arguments.files) > 1 else open_recording(arguments.files[0])
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot write to --out {arguments.out}: {error.strerror or error}", code=2) from None
    write, show = _of_its_kind(recording, arguments.selfcheck)
    folder, result = write(recording, arguments.out)
    show(result, folder, as_json=arguments.json, quiet=arguments.quiet)
    return 0


def _of_its_kind(recording: "Recording", selfcheck: "SelfCheck | None") -> "tuple[Write, Callable[..., None]]":
    """What writes a recording of this kind again, and what shows what was written."""
    from clientprof.model.recording import RecordingKind

    if recording.manifest.scenario is not None:
        from clientprof.cli.scenario import present_scenario, show_scenario

        return present_scenario, show_scenario
    match recording.manifest.kind:
        case RecordingKind.PROGRAM:
            from clientprof.cli.files.program_files import show_program, write_program

            return write_program, show_program
        case RecordingKind.COMPARISON:
            from clientprof.cli.files.compare_files import render_again, show_comparison

            return render_again, show_comparison
        case RecordingKind.SWEEP:
            from clientprof.cli.files.sweep_files import write_sweep
            from clientprof.cli.sweep import show_sweep

            return write_sweep, show_sweep
        case RecordingKind.WHAT_IF:
            from clientprof.cli.files.what_if_files import show_what_if, write_what_if

            return write_what_if, show_what_if
        case RecordingKind.MATRIX:
            from clientprof.cli.files.matrix_files import show_matrix, write_again

            return write_again, show_matrix
        case RecordingKind.EXPLANATION:
            from clientprof.cli.files.explain_files import show_explanation, write_explanation

            return write_explanation, show_explanation
    from clientprof.cli.files.outcome import show, write_results

    label = next((value for _, name, value in recording.manifest.workload if name == "scenario"), "recording")
    return partial(write_results, label=label, selfcheck=selfcheck), partial(show, progress=None)


def _together(files: "list[Path]") -> "Recording":
    """The blocks of several recordings as one.

    Raises:
        CommandError: one cannot be read, or they are not of one comparison.
    """
    from clientprof.attribution.differences.joined_results import NotAlike, joined
    from clientprof.cli.files.recordings import open_recording

    try:
        return joined([open_recording(file) for file in files])
    except NotAlike as error:
        raise CommandError(f"these recordings cannot be put together: {error}", code=2) from None
