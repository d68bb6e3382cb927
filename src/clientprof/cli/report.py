"""``clientprof report``: a recording rendered again, without measuring."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.files.selfcheck_file import add_selfcheck_argument

if TYPE_CHECKING:
    from clientprof.model.recording import Recording

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
    from clientprof.model.recording import RecordingKind

    recording = _together(arguments.files) if len(arguments.files) > 1 else open_recording(arguments.files[0])
    from clientprof.cli.files.outcome import show, write_results

    label = next((value for _, name, value in recording.manifest.workload if name == "scenario"), "recording")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot write to --out {arguments.out}: {error.strerror or error}", code=2) from None
    if recording.manifest.scenario is not None:
        from clientprof.cli.scenario import present_scenario, show_scenario

        folder_of, presented = present_scenario(recording, arguments.out)
        show_scenario(folder_of, presented, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.PROGRAM:
        from clientprof.cli.console.consoles import output_console
        from clientprof.cli.files.program_files import show_program, write_program

        folder, program = write_program(recording, arguments.out)
        show_program(program, folder, output_console(), as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.COMPARISON:
        from clientprof.cli.files.compare_files import render_again, show_comparison

        folder, compared = render_again(recording, arguments.out)
        show_comparison(compared, folder, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.SWEEP:
        from clientprof.cli.files.sweep_files import write_sweep
        from clientprof.cli.sweep import show_sweep

        folder, growth = write_sweep(recording, arguments.out)
        show_sweep(growth, folder, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.WHAT_IF:
        from clientprof.cli.files.what_if_files import show_what_if, write_what_if

        folder, found = write_what_if(recording, arguments.out)
        show_what_if(found, folder, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.MATRIX:
        from clientprof.cli.files.matrix_files import show_matrix, write_again

        folder, matrix = write_again(recording, arguments.out)
        show_matrix(matrix, folder, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    if recording.manifest.kind is RecordingKind.EXPLANATION:
        from clientprof.cli.files.explain_files import show_explanation, write_explanation

        folder, explanation = write_explanation(recording, arguments.out)
        show_explanation(explanation, folder, as_json=arguments.json, quiet=arguments.quiet)
        return 0
    folder, result = write_results(recording, arguments.out, label, arguments.selfcheck)
    show(result, folder, as_json=arguments.json, quiet=arguments.quiet, progress=None)
    return 0


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
