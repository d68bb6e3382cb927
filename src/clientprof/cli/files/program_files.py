"""The files of a program's run, and what is said of it: the recording always, report and summary where it was analysed."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli.files.outcome import stamp_of, write_recorded, write_summary_and_page

if TYPE_CHECKING:
    from rich.console import Console

    from clientprof.model.programs.results import ProgramResult
    from clientprof.model.recording import Recording


def write_program(recording: "Recording", out: Path) -> "tuple[Path, ProgramResult]":
    """Recording, summary and report in a new folder under ``out``, which appears when all three are whole.

    Raises:
        CommandError: the folder cannot be written.
    """
    return write_recorded(recording, out, _name(recording, "run"), lambda folder: write_views(recording, folder))


def write_measured(recording: "Recording", out: Path, label: str = "run") -> "tuple[Path, ProgramResult | None]":
    """The same right after measuring: what was measured is kept even if its analysis fails, which is said.

    The program's own end must not depend on ours: so no error of the analysis leaves this function.
    """

    def views(folder: Path) -> "ProgramResult | None":
        try:
            return write_views(recording, folder)
        except Exception as error:
            print(
                f"clientprof: the analysis failed ({type(error).__name__}: {error}); the recording is kept",
                file=sys.stderr,
            )
            return None

    return write_recorded(recording, out, _name(recording, label), views)


def _name(recording: "Recording", label: str) -> str:
    return f"{stamp_of(recording)}-{label}"


def write_views(recording: "Recording", folder: Path) -> "ProgramResult":
    """Analyse the recording; write summary and report into the folder."""
    from clientprof.attribution.programs.program_result import program_result
    from clientprof.report.exporters.summaries.program_summary import to_program_summary
    from clientprof.report.pages.program_page import render_program

    result = program_result(recording)
    write_summary_and_page(folder, to_program_summary(result), render_program(result))
    return result


def show_program(
    result: "ProgramResult", folder: Path, console: "Console | None" = None, *, as_json: bool, quiet: bool
) -> None:
    """Print the result for people on ``console``, by default standard output, its JSON for programs there, or only where the
    files are."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal.programs.program import print_program

    def print_result(console: "Console", files: dict[str, str]) -> None:
        print_program(replace(result, files=files), console)

    show_folder(folder, print_result, as_json=as_json, quiet=quiet, console=console)
