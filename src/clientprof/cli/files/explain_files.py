"""The files of an explanation, and what is shown of it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli.files.outcome import plain_name, stamp_of, write_recorded, write_summary_and_page
from clientprof.model.experiments.staircase import Explanation
from clientprof.model.recording import Recording

if TYPE_CHECKING:
    from rich.console import Console

MARKDOWN = "explanation.md"


def write_explanation(recording: Recording, out: Path) -> tuple[Path, Explanation]:
    """Analyse a recording of experiments and write its files into a new folder under ``out``.

    Raises:
        CommandError: the folder cannot be written.
    """

    def views(folder: Path) -> Explanation:
        from clientprof.attribution.explanation_result import explanation_of
        from clientprof.report.exporters.explanation_markdown import explanation_markdown
        from clientprof.report.exporters.summaries.explanation_summary import explanation_summary
        from clientprof.report.pages.explanation_page import explanation_page

        explanation = explanation_of(recording)
        write_summary_and_page(folder, explanation_summary(explanation), explanation_page(explanation))
        (folder / MARKDOWN).write_text(explanation_markdown(explanation), encoding="utf-8")
        return explanation

    clients = "-vs-".join(map(plain_name, recording.manifest.clients))
    return write_recorded(recording, out, f"{stamp_of(recording)}-explain-{clients}", views)


def show_explanation(explanation: Explanation, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the explanation for people, its JSON for programs, or only where it is."""
    from clientprof.cli.files.shown import FILES, show_folder
    from clientprof.report.terminal.experiments.explanation import print_explanation

    def print_result(console: "Console", files: dict[str, str]) -> None:
        print_explanation(replace(explanation, measured=replace(explanation.measured, files=files)), console)

    show_folder(folder, print_result, as_json=as_json, quiet=quiet, names={**FILES, "text": MARKDOWN})
