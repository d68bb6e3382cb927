"""The files of a sweep."""

from dataclasses import replace
from pathlib import Path

from clientprof.attribution.sweep_result import growth_result
from clientprof.cli.files.growing_folder import GrowingFolder, check_same, read_earlier
from clientprof.cli.files.outcome import plain_name, stamp_of, write_recorded, write_summary_and_page
from clientprof.experiments.growth.sweep_blocks import whole_blocks
from clientprof.experiments.growth.sweep_run import SweepPlan, by_n, measured_whole
from clientprof.model.growth.series import GrowthResult
from clientprof.model.recording import Recording, RecordingKind
from clientprof.workload.load.scenario_labels import label_of


def sweep_folder(out: Path, plan: SweepPlan, resumed: Path | None = None) -> GrowingFolder[GrowthResult]:
    """The folder of one sweep; ``resumed`` is that of an earlier one to go on in."""
    labels = [subject.label for subject in plan.subjects]
    return GrowingFolder(out, lambda stamp: _name(stamp, labels), _write, resumed)


def write_sweep(recording: Recording, out: Path) -> tuple[Path, GrowthResult]:
    """Analyse a sweep's recording and write its three files into a new folder under ``out``.

    Raises:
        CommandError: the folder cannot be written.
    """
    name = _name(stamp_of(recording), recording.manifest.clients)
    return write_recorded(recording, out, name, lambda folder: _write(folder, recording))


def load_earlier(folder: Path, plan: SweepPlan, *, elsewhere: bool = False) -> Recording:
    """What to go on with of a sweep of the same clients, load and seed; it may have had fewer n.

    ``elsewhere`` is whether a cluster measures.

    Raises:
        CommandError: there is none, or it is another one; the message says in what.
    """
    earlier = read_earlier(folder)
    manifest = earlier.manifest
    clients = [subject.label for subject in plan.subjects]
    load = next((value for _, name, value in manifest.workload if name == "scenario"), "")
    numbers = sorted(by_n(earlier))
    # The label kept is that of the n measured first.
    labels = [label_of(replace(plan.scenario, concurrency=n)) for n in numbers]
    asked = load if load in labels else next(iter(labels), "")
    places = ("on this machine", "with --cluster")
    pairs = (
        ("it was measured", places[any(run.facts.host for run in earlier.runs)], places[elsewhere]),
        ("it is no sweep but a", manifest.kind.value, RecordingKind.SWEEP.value),
        ("its clients are", ", ".join(manifest.clients), ", ".join(clients)),
        ("its load is", load, asked),
        ("its seed is", str(manifest.seed), str(plan.seed)),
    )
    others = ", ".join(str(n) for n in numbers if n not in plan.n)
    check_same(folder, pairs, [f"it has n = {others}, which -n does not"] if others else [])
    return whole_blocks(earlier, plan) if elsewhere else measured_whole(earlier, plan)


def _name(stamp: str, clients: "list[str] | tuple[str, ...]") -> str:
    return f"{stamp}-sweep-{'-'.join(map(plain_name, clients))}"


def _write(folder: Path, recording: Recording) -> GrowthResult:
    from clientprof.report.exporters.summaries.growth_summary import to_growth_summary
    from clientprof.report.pages.comparison_page import render_growth

    result = growth_result(by_n(recording))
    write_summary_and_page(folder, to_growth_summary(result), render_growth(result))
    return result
