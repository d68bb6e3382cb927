"""A search over steps with scripted costs: what is measured, what is left out, what is measured once, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from clientprof.experiments.differences import bisect_run
from clientprof.experiments.differences.bisect_run import BisectOutcome, BisectPlan, run_bisect
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import CompareOutcome, Progress
from clientprof.experiments.differences.history import History, line
from clientprof.experiments.differences.places import Place, ThisMachine
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.model.estimate import Estimate
from clientprof.workload.load.scenario import Scenario


@dataclass
class Scripted:
    """Steps ``1.0``, ``2.0`` ... with a cost each; those without one do not build, those at 0 fail when measured.

    ``alike`` names steps whose code is that of another. As the place where they are measured, it is gone after ``gone_at``
    comparisons.
    """

    costs: dict[str, float | None]
    alike: dict[str, str] = field(default_factory=dict)
    gone_at: int | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    measured: list[tuple[str, str, bool]] = field(default_factory=list)

    def history(self) -> History:
        return line(tuple(self.costs))

    def spec(self, step: str) -> ClientSpec:
        return ClientSpec("httpx", version=step)

    def obstacle(self, step: str) -> str | None:
        return None

    def title(self, step: str) -> str:
        return f"{step} (title)"

    def prepare(
        self, specs: Sequence[ClientSpec], python: str | None, say: Callable[[str], None], *, like: Subject | None
    ) -> tuple[Subject]:
        step = specs[0].version or ""
        assert like is None or like.label == f"httpx=={next(iter(self.costs))}"
        if self.costs[step] is None:
            raise SourceProblem(f"{step} does not build; its last lines:\n  /a/folder/file.py: error")
        return (Subject(f"httpx=={step}", "httpx", f"/env/{self.alike.get(step, step)}"),)

    def measuring(self, specs: Sequence[ClientSpec]) -> Place:
        self.asked.append(tuple(spec.version or "" for spec in specs))
        return ThisMachine()

    def compare(self, plan: ComparePlan, watch: Callable[[Progress], None], *, place: Place | None) -> CompareOutcome:
        if self.gone_at is not None and len(self.measured) == self.gone_at:
            return CompareOutcome(None, failure="the scheduler at tcp://a is gone", place_gone=True)
        good, step = (subject.label.partition("==")[2] for subject in plan.subjects)
        self.measured.append((good, step, plan.lenses))
        cost, base = self.costs[step], self.costs[good]
        if not cost or not base:
            return CompareOutcome(None, failure=f"httpx=={step}: 8 of 8 requests failed")
        ratio = cost / base
        watch(Progress("", 3, 8, {plan.candidates[0]: Estimate(ratio, ratio * 0.99, ratio * 1.01, "ratio", 3)}, 1.0))
        return CompareOutcome(None)


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scripted], BisectOutcome]:
    def run(steps: Scripted) -> BisectOutcome:
        monkeypatch.setattr(bisect_run, "prepare", steps.prepare)
        monkeypatch.setattr(bisect_run, "run_compare", steps.compare)
        return run_bisect(BisectPlan(steps, Scenario(concurrency=8)), lambda what, progress: None, lambda text: None)

    return run


Search = Callable[[Scripted], BisectOutcome]


@pytest.mark.parametrize("way", [1.3, 0.7])
def test_the_step_is_found_and_compared_in_full_with_the_one_before_it(search: Search, way: float) -> None:
    steps = Scripted({f"{n}.0": 100.0 if n < 6 else 100.0 * way for n in range(1, 10)})
    outcome = search(steps)
    assert outcome.pair == ("5.0", "6.0")
    assert steps.measured[-1] == ("5.0", "6.0", True)
    assert len(steps.measured) <= 2 + 3
    change = "more expensive" if way > 1 else "cheaper"
    assert outcome.sentence("httpx") == f"httpx became {change} from 5.0 (title) to 6.0 (title)."


def test_steps_that_do_not_build_or_fail_are_left_out_in_one_line_and_suspected_where_they_may_be_it(
    search: Search,
) -> None:
    costs = {"1.0": 100.0, "2.0": 100.0, "3.0": None, "4.0": 0.0, "5.0": 150.0, "6.0": 150.0}
    outcome = search(Scripted(costs))
    assert outcome.left_out == {
        "3.0 (title)": "3.0 does not build",
        "4.0 (title)": "httpx==4.0: 8 of 8 requests failed",
    }
    assert outcome.pair == ("2.0", "5.0")
    assert outcome.suspects == ("3.0 (title)", "4.0 (title)")
    assert "or by 3.0 (title) or 4.0 (title), which could not be measured" in outcome.sentence("httpx")


def test_code_that_was_measured_is_not_measured_again(search: Search) -> None:
    steps = Scripted(
        {f"{n}.0": 100.0 if n < 4 else 150.0 for n in range(1, 7)}, {"2.0": "1.0", "3.0": "1.0", "5.0": "6.0"}
    )
    outcome = search(steps)
    assert outcome.pair == ("3.0", "4.0")
    assert [(good, step) for good, step, _ in steps.measured] == [("1.0", "6.0"), ("1.0", "4.0"), ("3.0", "4.0")]
    texts = {step.step: step.text for step in outcome.steps}
    assert texts["3.0"] == "the same code as 1.0 (title): like the good end"


def test_ends_of_one_code_or_of_one_cost_leave_nothing_to_search(search: Search) -> None:
    same = Scripted({"1.0": 100.0, "2.0": 150.0}, {"2.0": "1.0"})
    assert "has the same code as" in (search(same).failure or "")
    assert same.measured == []
    assert "no difference shown between 1.0 (title) and 2.0 (title)" in (
        search(Scripted({"1.0": 100.0, "2.0": 100.0})).failure or ""
    )


def test_an_end_that_does_not_build_ends_the_search_before_anything_is_measured(search: Search) -> None:
    steps = Scripted({"1.0": 100.0, "2.0": 120.0, "3.0": None})
    with pytest.raises(SourceProblem, match=r"3\.0 does not build"):
        search(steps)
    assert steps.measured == []


def test_an_end_that_fails_under_load_is_a_failure_in_words(search: Search) -> None:
    outcome = search(Scripted({"1.0": 100.0, "2.0": 0.0}))
    assert outcome.failure == "httpx==2.0: 8 of 8 requests failed"
    assert outcome.pair is None


def test_an_environment_that_cannot_be_had_at_an_end_is_a_failure_in_words(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Scripted({"1.0": 100.0, "2.0": 120.0})

    def no_network(*arguments: object, **named: object) -> tuple[Subject]:
        raise EnvironmentProblem("the package index cannot be reached")

    steps.prepare = no_network  # type: ignore[method-assign]
    assert search(steps).failure == "the package index cannot be reached"


def test_elsewhere_no_environment_is_made_here_and_a_place_that_is_gone_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = Scripted({f"{n}.0": 100.0 if n < 6 else 130.0 for n in range(1, 10)}, gone_at=2)
    monkeypatch.setattr(bisect_run, "run_compare", steps.compare)
    plan = BisectPlan(steps, Scenario(concurrency=8), elsewhere=steps)
    outcome = run_bisect(plan, lambda what, progress: None, lambda text: None)
    assert outcome.failure == "the scheduler at tcp://a is gone"
    assert outcome.left_out == {}
    assert steps.asked[:2] == [("1.0", "9.0"), ("1.0", "5.0")]
    assert len(steps.asked) == 3
