"""Measuring a matrix: a comparison whose arms have loads of their own, and no lens.

A short block tells before all others how long a round of each cell is, and so how long turns are; it is not kept.
"""

from collections.abc import Callable

import clientprof
from clientprof.experiments import reaching_origin
from clientprof.experiments.differences.blocks import Shape
from clientprof.experiments.differences.compare_plan import ComparePlan, round_seconds
from clientprof.experiments.differences.compare_run import (
    CompareOutcome,
    ComparisonFailed,
    Progress,
    Session,
    run_compare,
)
from clientprof.experiments.differences.places import Place, one_block
from clientprof.experiments.traces.trace_run import environment_of
from clientprof.model.recording import Manifest, Recording
from clientprof.recording.clock import created_now, wall_clock_offset_ns
from clientprof.recording.recording_file import SCHEMA

# A turn and its mirror image.
_SURVEY = Shape(groups=1, turns=2)


def run_matrix(
    plan: ComparePlan,
    watch: Callable[[Progress], None],
    save: Callable[[Recording], None] = lambda recording: None,
    earlier: Recording | None = None,
    place: Place | None = None,
) -> CompareOutcome:
    """Measure the cells of the plan; ``earlier`` is what a matrix cut short has left, and ``place`` measures the blocks."""
    return run_compare(plan, watch, save, earlier, place=place, begin=_survey)


def _survey(session: Session) -> list[float]:
    """Each arm's seconds a round, from a block that is not kept.

    Raises:
        ComparisonFailed: requests failed.
        WorkerError: a cell could not be measured.
    """
    plan = session.plan
    session.tell("how long a round of each cell is")
    block = one_block(session.place, plan, _SURVEY)
    if block.failure is not None:
        raise ComparisonFailed(block.failure)
    if session.manifest is None:
        session.manifest = _manifest(plan, block.environment)
    return round_seconds(block.runs, plan)


def _manifest(plan: ComparePlan, elsewhere: tuple[tuple[str, str, str], ...]) -> Manifest:
    """``elsewhere`` is what the machine that measures says of itself, where that is not this one."""
    largest = max(load.concurrency for load in plan.loads)
    rows = [("workload", "loads", ", ".join(dict.fromkeys(cell.load for cell in plan.cells)))]
    rows += [row for load in plan.loads for row in reaching_origin.trust_row(load)]
    notices = [row for load in plan.loads for row in reaching_origin.trust_notices(load)]
    return Manifest(
        schema=SCHEMA,
        created=created_now(),
        command=plan.command,
        seed=plan.seed,
        complete=False,
        tool_version=clientprof.__version__,
        baseline=plan.baseline,
        clients=(plan.baseline, *plan.candidates),
        environment=elsewhere or environment_of(plan.subjects, largest),
        workload=tuple(dict.fromkeys(rows)),
        sources=tuple(source for subject in plan.subjects for source in subject.sources),
        notices=tuple(dict.fromkeys(notices)),
        clock_offset_ns=wall_clock_offset_ns(),
    )
