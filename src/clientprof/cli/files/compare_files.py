"""The files of a comparison."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.attribution.comparison_result import comparison_result
from clientprof.cli import CommandError
from clientprof.cli.files.growing_folder import GrowingFolder, check_same, read_earlier
from clientprof.cli.files.outcome import plain_name, stamp_of, write_recorded, write_summary_and_page
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.recording import Recording, RecordingKind
from clientprof.workload.load.scenario_labels import label_of

if TYPE_CHECKING:
    from rich.console import Console


def compare_folder(out: Path, plan: ComparePlan, resumed: Path | None = None) -> GrowingFolder[ComparisonResult]:
    """The folder of one comparison; ``resumed`` is that of an earlier one to go on in."""
    names = "-vs-".join(plain_name(name) for name in (plan.baseline, *plan.candidates))
    load = plain_name(label_of(plan.scenario))
    return GrowingFolder(out, lambda stamp: f"{stamp}-compare-{names}-{load}", write_comparison, resumed)


def write_comparison(folder: Path, recording: Recording) -> ComparisonResult:
    """Analyse the recording; write summary and report into the folder.

    Raises:
        CommandError: there is nothing of the baseline, or the folder cannot be written.
    """
    from clientprof.report.exporters.summaries.comparison_summary import to_comparison_summary
    from clientprof.report.pages.comparison_page import render_comparison

    try:
        result = comparison_result(recording)
    except ValueError as error:
        raise CommandError(str(error)) from None
    try:
        write_summary_and_page(folder, to_comparison_summary(result), render_comparison(result))
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror or error}") from error
    return result


def render_again(recording: Recording, out: Path) -> tuple[Path, ComparisonResult]:
    """The three files of a comparison's recording in a new folder under ``out``."""
    names = "-vs-".join(plain_name(name) for name in reversed(recording.manifest.clients))
    name = f"{stamp_of(recording)}-compare-{names}"
    return write_recorded(recording, out, name, lambda folder: write_comparison(folder, recording))


def show_comparison(result: ComparisonResult, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result for people, its JSON for programs, or only where it is."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal import print_comparison

    def print_result(console: "Console", files: dict[str, str]) -> None:
        print_comparison(replace(result, measured=replace(result.measured, files=files)), console)

    show_folder(folder, print_result, as_json=as_json, quiet=quiet)


def write_text(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        CommandError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror or error}") from error


def load_earlier(folder: Path, plan: ComparePlan) -> Recording:
    """The comparison to go on with; it must be of the same arms, load and seed.

    Raises:
        CommandError: there is none, or it is another one; the message says in what.
    """
    earlier = read_earlier(folder)
    manifest = earlier.manifest
    load = next((value for _, name, value in manifest.workload if name == "scenario"), "")
    pairs = (
        ("it is no comparison", manifest.kind.value, RecordingKind.COMPARISON.value),
        ("its clients are", ", ".join(sorted(manifest.clients)), ", ".join(sorted((*plan.candidates, plan.baseline)))),
        ("its baseline is", manifest.baseline or "", plan.baseline),
        ("its load is", load, label_of(plan.scenario)),
        ("its seed is", str(manifest.seed), str(plan.seed)),
    )
    check_same(folder, pairs)
    notices = tuple(row for row in manifest.notices if row[0] != "comparison-failed")
    return Recording(replace(manifest, notices=notices), earlier.runs)
