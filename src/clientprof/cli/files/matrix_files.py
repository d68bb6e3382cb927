"""The files of a matrix: its folder is there from the first block on, so that nothing measured is ever lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clientprof.attribution.differences.matrix_result import matrix_result
from clientprof.cli import CommandError
from clientprof.cli.files.outcome import RECORDING, REPORT, SUMMARY, plain_name, stamp_of, write_folder
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.model.differences.matrix import MatrixResult
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.recording import Recording, RecordingKind
from clientprof.recording.recording_file import read_recording, save_recording
from clientprof.recording.run_file import RecordingError


class MatrixFolder:
    """The folder of one matrix; ``resumed`` is that of an earlier one to go on in."""

    def __init__(self, out: Path, plan: ComparePlan, resumed: Path | None = None) -> None:
        name = _name(datetime.now(UTC).strftime("%Y%m%d%H%M%S"), plan.cells)
        self.path = resumed or out / name
        if resumed is None and self.path.exists():
            self.path = next(p for n in range(2, 1000) if not (p := out / f"{name}-{n}").exists())

    def save(self, recording: Recording) -> None:
        """Keep what has been measured so far.

        Raises:
            CommandError: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            save_recording(self.path / RECORDING, recording)
        except OSError as error:
            raise CommandError(f"cannot write to {self.path}: {error.strerror or error}") from error

    def finish(self, recording: Recording) -> MatrixResult:
        """Write all three files and return the result.

        Raises:
            CommandError: they cannot be written, or there is no whole block.
        """
        self.save(recording)
        try:
            return _write(self.path, recording)
        except OSError as error:
            raise CommandError(f"cannot write to {self.path}: {error.strerror or error}") from error


def write_again(recording: Recording, out: Path) -> tuple[Path, MatrixResult]:
    """The three files of a matrix' recording in a new folder under ``out``.

    Raises:
        CommandError: the folder cannot be written, or there is no whole block.
    """

    def write(folder: Path) -> MatrixResult:
        save_recording(folder / RECORDING, recording)
        return _write(folder, recording)

    return write_folder(out, _name(stamp_of(recording), recording.manifest.cells), write)


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
    try:
        earlier = read_recording(folder / RECORDING)
    except RecordingError as error:
        raise CommandError(f"--resume {folder}: {error}", code=2) from None
    manifest = earlier.manifest
    pairs = (
        ("it is no matrix but a", manifest.kind.value, RecordingKind.MATRIX.value),
        ("its cells are", _listed(manifest.cells), _listed(plan.cells)),
        ("its seed is", str(manifest.seed), str(plan.seed)),
    )
    found = [f"{what} {was}, not {now}" for what, was, now in pairs if was != now]
    if found:
        raise CommandError(f"--resume {folder}: {'; '.join(found)}", code=2)
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
    summary = json.dumps(matrix_summary(result), indent=1, allow_nan=False)
    (folder / SUMMARY).write_text(summary + "\n", encoding="utf-8")
    (folder / REPORT).write_text(render_matrix(result), encoding="utf-8")
    return result
