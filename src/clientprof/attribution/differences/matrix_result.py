"""A recording of a matrix, answered: what each cell costs, and its ratio to the first cell, within blocks and hosts."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clientprof.attribution.costs.against_baseline import blocks_of
from clientprof.attribution.notices.busy_hosts import busy_blocks
from clientprof.attribution.notices.interpreters import environment_of
from clientprof.model.differences.matrix import MatrixHost, MatrixResult, MeasuredCell
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.model.results import Setting
from clientprof.model.run import UNFINISHED, Run
from clientprof.stats.intervals import ratio_estimate
from clientprof.stats.verdicts import FEWEST_BLOCKS, Block, again_of, by_host, judge
from clientprof.stats.within_hosts import disagreement, mean_within


def matrix_result(recording: Recording, files: Mapping[str, str] | None = None) -> MatrixResult:
    """Analyse a recording of ``matrix``.

    Raises:
        ValueError: it has no cells, or no block of them.
    """
    manifest = recording.manifest
    runs = [run for run in recording.runs if run.facts.lens == "control"]
    if not manifest.cells or not runs:
        raise ValueError("the recording holds no block of a matrix")
    first = manifest.cells[0]
    made = len({run.facts.block for run in runs})
    few = made < FEWEST_BLOCKS
    cells = tuple(_cell(runs, cell, first, made if few else None) for cell in manifest.cells)
    with_first = blocks_of(runs, first.arm, first.arm, "cpu_us_per_request")
    again = again_of(with_first)
    hosts = _hosts(recording, runs)
    return MatrixResult(
        title=_title(manifest.cells),
        command=manifest.command,
        created=manifest.created,
        seed=manifest.seed,
        complete=manifest.complete,
        cells=cells,
        again=again,
        stopping=manifest.stopping,
        hosts=hosts,
        notices=_notices(recording, runs, cells, again),
        workload=tuple(Setting(*row) for row in manifest.workload),
        environment=environment_of(manifest, runs, tuple(cell.arm for cell in manifest.cells)),
        files=files or {},
    )


def _title(cells: Sequence[MatrixCell]) -> str:
    sides = (
        dict.fromkeys(cell.client for cell in cells),
        dict.fromkeys(f"Python {cell.python}" for cell in cells if cell.python),
        dict.fromkeys(cell.load for cell in cells),
    )
    return " by ".join(", ".join(side) for side in sides if side)


def _cell(runs: Sequence[Run], cell: MatrixCell, first: MatrixCell, too_few: int | None) -> MeasuredCell:
    """``too_few`` is the number of blocks where it allows no verdict."""
    own = [run for run in runs if run.facts.arm == cell.arm]
    if not own:
        raise ValueError(f"the recording has no run of {cell.arm}")
    facts = own[0].facts
    blocks, by_wall = (_both(runs, cell, first, metric) for metric in ("cpu_us_per_request", "wall_s"))
    logs = by_host([block.log_ratio for block in blocks], blocks)

    def effect(metric: str, found: list[Block]) -> Effect | None:
        if cell == first:
            return None
        return _withheld(judge(first.arm, cell.arm, metric, found, _obstacles(cell, first)), too_few)

    interpreter = facts.interpreter
    return MeasuredCell(
        cell=cell,
        version=facts.client_version,
        python=facts.python if interpreter is None else f"{interpreter.implementation} {interpreter.version}",
        cpu_us_per_request=_mean(blocks, 1.0, "us"),
        wall_ms_per_round=_mean(by_wall, 1e3, "ms"),
        cpu=effect("cpu_us_per_request", blocks),
        wall=effect("wall_s", by_wall),
        failed=sum(_failed(run) for run in own),
        by_host={host: ratio_estimate(values) for host, values in logs.items()} if len(logs) > 1 else {},
    )


def _both(runs: Sequence[Run], cell: MatrixCell, first: MatrixCell, metric: str) -> list[Block]:
    """The blocks that have both cells: all of them, unless the recording was damaged. The first cell is both of its arms.

    Raises:
        ValueError: there is none.
    """
    found = [block for block in blocks_of(runs, cell.arm, first.arm, metric) if block.baseline and block.candidate]
    if not found:
        raise ValueError(f"no block of the recording has both {first.arm} and {cell.arm}")
    if cell == first:
        return [replace(block, candidate=(*block.baseline, *block.again)) for block in found]
    return found


def _mean(blocks: Sequence[Block], scale: float, unit: str) -> Estimate:
    """The cell's mean over blocks; in one of several hosts within hosts, like every effect."""
    return mean_within(by_host([scale * sum(b.candidate) / len(b.candidate) for b in blocks], blocks), unit)


def _obstacles(cell: MatrixCell, first: MatrixCell) -> tuple[str, ...]:
    if cell.load == first.load:
        return ()
    return (f"another load: {cell.load}, the first cell has {first.load}",)


def _withheld(effect: Effect, too_few: int | None) -> Effect:
    if too_few is None or effect.verdict is Verdict.NO_VERDICT:
        return effect
    reason = f"too few blocks: {too_few} of at least {FEWEST_BLOCKS}"
    return replace(effect, verdict=Verdict.NO_VERDICT, reason=reason)


def _failed(run: Run) -> int:
    types = run.facts.error_types
    return sum(1 for error in run.column("exchange.error") if error and types[error - 1] != UNFINISHED)


def _hosts(recording: Recording, runs: Sequence[Run]) -> tuple[MatrixHost, ...]:
    blocks = Counter({run.facts.block: run.facts.host for run in runs}.values())
    return tuple(MatrixHost(name, text, blocks[name]) for name, text in recording.manifest.hosts.items())


def _notices(
    recording: Recording, runs: Sequence[Run], cells: Sequence[MeasuredCell], again: Estimate | None
) -> tuple[Notice, ...]:
    found = [Notice(*row) for row in recording.manifest.notices]
    if not recording.manifest.complete:
        found.append(
            Notice("incomplete", "The run was cut short; what was measured until then is shown.", "Measure again.")
        )
    failed = [f"{cell.failed} of {cell.cell.arm}" for cell in cells if cell.failed]
    if failed:
        found.append(Notice("errors", f"Requests failed: {', '.join(failed)}.", "Such cells are no result."))
    if again is not None and again.low is not None and not again.contains(1.0):
        text = f"The first cell differs from itself: {again.value:.3f} times, [{again.low:.3f}, {again.high:.3f}]."
        found.append(Notice("again-differs", text, "The machine drifted or another program ran: measure again."))
    found.extend(busy_blocks(runs))
    apart = [name for cell in cells if (name := _apart(runs, cell, cells[0])) is not None]
    if apart:
        found.append(
            Notice(
                "hosts-disagree",
                f"The hosts differ in the ratio of {', '.join(apart)} by more than their blocks allow.",
                "The ratio is the mean of these hosts; look at it host by host.",
            )
        )
    return tuple(found)


def _apart(runs: Sequence[Run], cell: MeasuredCell, first: MeasuredCell) -> str | None:
    """The cell's name if hosts disagree about it; a difference of two percent is of no consequence."""
    if len(cell.by_host) < 2 or cell is first:
        return None
    blocks = _both(runs, cell.cell, first.cell, "cpu_us_per_request")
    found = disagreement(by_host([block.log_ratio for block in blocks], blocks))
    values = [math.log(estimate.value) for estimate in cell.by_host.values()]
    return cell.cell.arm if found is not None and found > 1 and max(values) - min(values) > 0.02 else None
