"""The files of a sweep: its folder is there from the first n on, so that nothing measured is ever lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clientprof.attribution.sweep_result import growth_result
from clientprof.cli import CommandError
from clientprof.cli.files.outcome import RECORDING, REPORT, SUMMARY, plain_name, stamp_of, write_folder
from clientprof.experiments.growth.sweep_run import SweepPlan, by_n, measured_whole
from clientprof.model.growth.series import GrowthResult
from clientprof.model.recording import Recording, RecordingKind
from clientprof.recording.recording_file import read_recording, save_recording
from clientprof.recording.run_file import RecordingError
from clientprof.workload.load.scenario_labels import label_of


class SweepFolder:
    """The folder of one sweep; ``resumed`` is that of an earlier one to go on in."""

    def __init__(self, out: Path, plan: SweepPlan, resumed: Path | None = None) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        name = _name(stamp, [subject.label for subject in plan.subjects])
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

    def finish(self, recording: Recording) -> GrowthResult:
        """Write all three files and return the result.

        Raises:
            CommandError: they cannot be written.
        """
        self.save(recording)
        try:
            return _write(self.path, recording)
        except OSError as error:
            raise CommandError(f"cannot write to {self.path}: {error.strerror or error}") from error


def write_sweep(recording: Recording, out: Path) -> tuple[Path, GrowthResult]:
    """Analyse a sweep's recording and write its three files into a new folder under ``out``.

    Raises:
        CommandError: the folder cannot be written.
    """

    def write(folder: Path) -> GrowthResult:
        save_recording(folder / RECORDING, recording)
        return _write(folder, recording)

    return write_folder(out, _name(stamp_of(recording), recording.manifest.clients), write)


def load_earlier(folder: Path, plan: SweepPlan) -> Recording:
    """What to go on with of a sweep of the same clients, load and seed; it may have had fewer n.

    Raises:
        CommandError: there is none, or it is another one; the message says in what.
    """
    try:
        earlier = read_recording(folder / RECORDING)
    except RecordingError as error:
        raise CommandError(f"--resume {folder}: {error}", code=2) from None
    manifest = earlier.manifest
    clients = [subject.label for subject in plan.subjects]
    load = next((value for _, name, value in manifest.workload if name == "scenario"), "")
    numbers = sorted(by_n(earlier))
    # The label kept is that of the n measured first.
    labels = [label_of(replace(plan.scenario, concurrency=n)) for n in numbers]
    asked = load if load in labels else next(iter(labels), "")
    pairs = (
        ("it is no sweep but a", manifest.kind.value, RecordingKind.SWEEP.value),
        ("its clients are", ", ".join(manifest.clients), ", ".join(clients)),
        ("its load is", load, asked),
        ("its seed is", str(manifest.seed), str(plan.seed)),
    )
    found = [f"{what} {was}, not {now}" for what, was, now in pairs if was != now]
    others = [str(n) for n in numbers if n not in plan.n]
    if others:
        found.append(f"it has n = {', '.join(others)}, which -n does not")
    if found:
        raise CommandError(f"--resume {folder}: {'; '.join(found)}", code=2)
    return measured_whole(earlier, plan)


def _name(stamp: str, clients: "list[str] | tuple[str, ...]") -> str:
    return f"{stamp}-sweep-{'-'.join(map(plain_name, clients))}"


def _write(folder: Path, recording: Recording) -> GrowthResult:
    from clientprof.report.exporters.summaries.growth_summary import to_growth_summary
    from clientprof.report.pages.comparison_page import render_growth

    result = growth_result(by_n(recording))
    summary = json.dumps(to_growth_summary(result), indent=1, allow_nan=False)
    (folder / SUMMARY).write_text(summary + "\n", encoding="utf-8")
    (folder / REPORT).write_text(render_growth(result), encoding="utf-8")
    return result
