"""The files of a matrix."""

from dataclasses import replace
from pathlib import Path

from clientprof.attribution.differences.matrix_result import matrix_result
from clientprof.cli import CommandError
from clientprof.cli.files.growing_folder import GrowingFolder, check_same, read_earlier
from clientprof.cli.files.outcome import plain_name, stamp_of, write_recorded, write_summary_and_page
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.model.differences.matrix import MatrixResult
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.recording import Recording, RecordingKind


def matrix_folder(out: Path, plan: ComparePlan, resumed: Path | None = None) -> GrowingFolder[MatrixResult]:
    """The folder of one matrix; ``resumed`` is that of an earlier one to go on in."""
    return GrowingFolder(out, lambda stamp: _name(stamp, plan.cells), _write, resumed)


def write_again(recording: Recording, out: Path) -> tuple[Path, MatrixResult]:
    """The three files of a matrix' recording in a new folder under ``out``.

    Raises:
        CommandError: the folder cannot be written, or there is no whole block.
    """
    name = _name(stamp_of(recording), recording.manifest.cells)
    return write_recorded(recording, out, name, lambda folder: _write(folder, recording))


def show_matrix(result: MatrixResult, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result for people, its JSON for programs, or only where it is."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal.matrix import print_matrix

    show_folder(
        folder, lambda console, files: print_matrix(replace(result, files=files), console), as_json=as_json, quiet=quiet
    )


def load_earlier(folder: Path, plan: ComparePlan) -> Recording:
    """The matrix to go on with; it must be of the same cells and seed.

    Raises:
        CommandError: there is none, or it is another one; the message says in what.
    """
    earlier = read_earlier(folder)
    manifest = earlier.manifest
    pairs = (
        ("it is no matrix but a", manifest.kind.value, RecordingKind.MATRIX.value),
        ("its cells are", _listed(manifest.cells), _listed(plan.cells)),
        ("its seed is", str(manifest.seed), str(plan.seed)),
    )
    check_same(folder, pairs)
    notices = tuple(row for row in manifest.notices if row[0] != "comparison-failed")
    return Recording(replace(manifest, notices=notices), earlier.runs)


def _listed(cells: tuple[MatrixCell, ...]) -> str:
    return ", ".join(cell.arm for cell in cells)


def _name(stamp: str, cells: tuple[MatrixCell, ...]) -> str:
    clients = "-".join(plain_name(client) for client in dict.fromkeys(cell.client for cell in cells))
    return f"{stamp}-matrix-{clients[:60]}-{len(cells)}-cells"


def _write(folder: Path, recording: Recording) -> MatrixResult:
    from clientprof.report.exporters.summaries.matrix_summary import matrix_summary
    from clientprof.report.pages.matrix_page import render_matrix

    try:
        result = matrix_result(recording)
    except ValueError as error:
        raise CommandError(str(error)) from None
    write_summary_and_page(folder, matrix_summary(result), render_matrix(result))
    return result
