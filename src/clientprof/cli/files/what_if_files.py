"""The files of a program that was tried with remedies, and what is shown of it."""

from dataclasses import replace
from pathlib import Path

from clientprof.cli.files.outcome import stamp_of, write_recorded, write_summary_and_page
from clientprof.model.experiments.what_if import WhatIf
from clientprof.model.recording import Recording


def write_what_if(recording: Recording, out: Path) -> tuple[Path, WhatIf]:
    """Recording, summary and report in a new folder under ``out``, which appears when all three are whole.

    Raises:
        CommandError: the folder cannot be written.
    """

    def views(folder: Path) -> WhatIf:
        from clientprof.attribution.experiments.what_if_result import what_if_of
        from clientprof.report.exporters.summaries.what_if_summary import what_if_summary
        from clientprof.report.pages.what_if_page import what_if_page

        found = what_if_of(recording)
        write_summary_and_page(folder, what_if_summary(found), what_if_page(found))
        return found

    return write_recorded(recording, out, f"{stamp_of(recording)}-what-if", views)


def show_what_if(found: WhatIf, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print it for people, its JSON for programs, or only where the files are."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal.experiments.what_if import print_what_if

    show_folder(
        folder, lambda console, files: print_what_if(replace(found, files=files), console), as_json=as_json, quiet=quiet
    )
