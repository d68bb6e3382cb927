"""Checking: exact counts of head and base in every scenario, then CPU in lock-step where a bound is on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clientprof.attribution.comparison_result import comparison_result
from clientprof.attribution.counts.bounds import CPU, judge
from clientprof.experiments.counts.check_config import CheckConfig, ScenarioBounds
from clientprof.experiments.counts.count_run import CountPlan, Say, count_all
from clientprof.experiments.differences.changed_code import changed_code
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import run_compare
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.sources.git import GitFailed, git
from clientprof.model.counts.check import Bound, ChangedFunction, CheckResult, JudgedBound, Kept, TimeBeside
from clientprof.model.counts.exact import ExactCounts
from clientprof.model.differences.conditions import Outcome
from clientprof.workload.process import WorkerError

_BLOCKS = 12
# Bases of every scenario by what the heads are: a file's counts can only be held against theirs.
Bases = Callable[[Sequence[ExactCounts]], tuple[ExactCounts, ...]]


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """``base`` is None where a file of counts stands for it, or no bound asks for one; ``bases`` reads such a file."""

    config: CheckConfig
    head: Subject
    base: Subject | None
    base_name: str | None
    bases: Bases | None = None
    command: tuple[str, ...] = ()


def run_check(plan: CheckPlan, say: Say) -> CheckResult:
    """Count, measure, judge.

    Raises:
        WorkerError, OriginError: a client or its requests failed.
        BoundError: a bound is of a function that never ran.
        BaselineError: the file of counts cannot stand for the base.
    """
    subjects = (plan.head,) if plan.base is None else (plan.head, plan.base)
    counted = [
        count_all(CountPlan(subjects, each.scenario, instructions=_asks_for_bytecodes(plan, each)), say)
        for each in plan.config.scenarios
    ]
    heads = tuple(row[0] for row in counted)
    bases = tuple(row[1] for row in counted) if plan.base is not None else ()
    if plan.bases is not None:
        bases = plan.bases(heads)
    judged: list[JudgedBound] = []
    times: list[TimeBeside] = []
    for number, each in enumerate(plan.config.scenarios):
        base = bases[number] if bases else None
        judged += [judge(bound, heads[number], base) for bound in each.bounds if bound.name != CPU]
        on_time = [bound for bound in each.bounds if bound.name == CPU]
        if on_time:
            rows, beside = _measured(plan, each, on_time, say)
            judged += rows
            times += beside
    changed = _changed(plan)
    return CheckResult(
        command=plan.command,
        head=plan.head.label,
        base=plan.base_name,
        bounds=tuple(judged),
        heads=heads,
        bases=bases,
        times=tuple(times),
        changed=changed,
    )


def _asks_for_bytecodes(plan: CheckPlan, each: ScenarioBounds) -> bool:
    """Counting them takes as long again as counting calls. A file of counts has them, to be told beside the head's."""
    return plan.bases is not None or any("bytecodes" in bound.name for bound in each.bounds)


def _measured(
    plan: CheckPlan, each: ScenarioBounds, bounds: Sequence[Bound], say: Say
) -> tuple[list[JudgedBound], list[TimeBeside]]:
    """The bounds on CPU: broken only where the whole interval is beyond, and the base does not differ from itself."""
    assert plan.base is not None, "a bound on CPU has a base"
    say(f"{each.label}: CPU of {plan.head.label} and {plan.base.label}, in lock-step")
    outcome = run_compare(
        ComparePlan(
            subjects=(plan.base, plan.head),
            baseline=plan.base.label,
            scenario=each.scenario,
            blocks=_BLOCKS,
            max_seconds=plan.config.cpu_seconds,
            lenses=False,
            command=plan.command,
            conditions=tuple(f"cpu_us_per_request > {bound.number} x baseline" for bound in bounds),
        ),
        lambda progress: None,
    )
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.failure is not None or outcome.recording is None:
        raise WorkerError(outcome.failure or "nothing was measured")
    if outcome.refused:
        reason = f"head and base cannot be compared: {'; '.join(outcome.refused)}"
        return [JudgedBound(each.label, bound.text, Kept.UNDECIDED, reason) for bound in bounds], []
    result = comparison_result(outcome.recording)
    effect = result.pairs[0].comparison.effect
    rows = []
    for bound, row in zip(bounds, result.conditions, strict=True):
        kept = {Outcome.HOLDS: Kept.BROKEN, Outcome.NOT: Kept.KEPT, Outcome.UNDECIDED: Kept.UNDECIDED}[row.outcome]
        rows.append(JudgedBound(each.label, bound.text, kept, row.reason, effect.ratio.value, 1.0, float(bound.number)))
    return rows, [TimeBeside(each.label, effect.ratio, effect.aa_ratio, str(effect.verdict))]


def _changed(plan: CheckPlan) -> tuple[ChangedFunction, ...]:
    """The functions of the head whose code is not the base's, with their files in the repository."""
    if plan.base is None:
        return ()
    arms = {arm.client: arm for arm in changed_code((plan.base, plan.head))}
    if plan.head.label not in arms:
        return ()
    files = _files(plan.config.folder)
    return tuple(
        ChangedFunction(
            f"{row.file.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}.{row.function}",
            row.file,
            row.line,
            _in_repository(row.file, files),
        )
        for row in arms[plan.head.label].functions
    )


def _files(folder: Path) -> tuple[str, ...]:
    """The Python files of the repository, from its top; none where there is no git."""
    try:
        top = git(folder, "rev-parse", "--show-toplevel")
        return tuple(git(Path(top), "ls-files", "--", "*.py").splitlines())
    except GitFailed:
        return ()


def _in_repository(file: str, files: Sequence[str]) -> str | None:
    """The one path that ends as the package's file does."""
    found = [path for path in files if path == file or path.endswith(f"/{file}")]
    return found[0] if len(found) == 1 else None
