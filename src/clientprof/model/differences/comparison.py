"""A comparison of several arms with one baseline: what ``compare`` shows, saves and can fail on."""

from dataclasses import dataclass

from clientprof.model.differences.between_arms import CounterDifference, FlameDifference, Gap
from clientprof.model.differences.changed_code import CodeDifference
from clientprof.model.differences.choice import Choice
from clientprof.model.differences.conditions import Checked
from clientprof.model.differences.stopping import Stopping
from clientprof.model.results import Comparison, TraceResult


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm as it was measured. ``adapter`` drives it; ``name`` is how the user asked for it."""

    name: str
    adapter: str
    version: str
    runs: int
    failed: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One candidate against the baseline: verdict, gap, counters, call paths, code. What was not measured is None."""

    comparison: Comparison
    gap: Gap | None
    counters: tuple[CounterDifference, ...]
    flame: FlameDifference | None
    code: CodeDifference | None = None

    @property
    def candidate(self) -> str:
        return self.comparison.effect.candidate


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """Everything about one comparison. ``measured`` holds the arms as clients, and environment, workload, notices, files.

    ``incompatibilities`` are the differences between arms that forbid a verdict, in sentences; where the user allowed them,
    ``allowed`` is True and the report is marked. ``conditions`` are those of ``--fail-if``, decided. ``choice`` is None
    where nothing was compared.
    """

    measured: TraceResult
    baseline: str
    arms: tuple[Arm, ...]
    pairs: tuple[Pair, ...]
    stopping: Stopping | None
    incompatibilities: tuple[str, ...] = ()
    allowed: bool = False
    conditions: tuple[Checked, ...] = ()
    choice: Choice | None = None
