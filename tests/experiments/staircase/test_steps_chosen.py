"""Which suspects become steps of the staircase, by costs that are given: also when time runs out, and what replaces much."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.staircase.explain_arms import Arms
from clientprof.experiments.staircase.explain_bench import Bench
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.explain_session import Session
from clientprof.experiments.staircase.suspicion import Raised
from clientprof.experiments.suspects.suspect import Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind, Trial
from clientprof.model.layers import Layer
from clientprof.workload.load.scenario import Scenario
from recordings import control_run, recording_of

PLAN = ExplainPlan(ClientSpec.parse("aiohttp", CLIENTS), None, Scenario(64))


@dataclass(slots=True)
class Costed(Bench):
    """A bench whose arms cost what ``saves`` says: what each suspect saves; ``whole`` replaces all but ``other``.

    A suspect fails its requests without the one that it ``needs``.
    """

    saves: dict[str, float] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    measured: list[int] = field(default_factory=list)

    def _measure(self, doing: str, trials: Sequence[Trial], *, others: bool = False) -> None:
        self.measured.append(len(trials))
        failing = [trial for trial in trials if any(self._lacks(name, trial) for name in trial.suspects)]
        for trial in failing:
            self._failed(trial, "2 requests failed")
        trials = [trial for trial in trials if trial not in failing]
        for trial in (self.arms.trial(()), *trials):
            self.session.trials[trial.arm] = trial
        self.session.groups.append(
            {trial.arm: self._cost(trial.suspects) for trial in trials}
            | {name: self._cost(()) for name in (self.arms.client, self.arms.again)}
        )

    def _lacks(self, name: str, trial: Trial) -> bool:
        return name in self.needs and self.needs[name] not in trial.suspects

    def _cost(self, suspects: Sequence[str]) -> float:
        gone = set(suspects)
        if "whole" in gone:
            gone |= {"pool", "parser", "tiny"}
        return 1000.0 - sum(self.saves[name] for name in gone)


def raised(name: str, *, kind: Kind = Kind.PATCH, last: bool = False, predicted_us: float = 1.0) -> Raised:
    suspect = Suspect(
        name, kind, Layer.POOL, "", frozenset(), lambda case: None, lambda case: Intervention(), "", last=last
    )
    return Raised(suspect, suspect.suspicion(Evidence("", predicted_us), Intervention()), Intervention())


def bench(*rows: Raised, late: bool = False, needs: "dict[str, str] | None" = None, **saves: float) -> Costed:
    session = Session(PLAN, lambda progress: None, lambda text: None)
    session.raised = list(rows)
    # As if so much of the time had passed already.
    session.preparing_s = -PLAN.max_seconds if late else 0.0
    by_name = {each.suspect.id: each for each in rows}
    made: Any = SimpleNamespace()
    found = Arms(PLAN, by_name, "3", {}, False, lambda text: None, Subject("aiohttp", "aiohttp"), None)
    made = Costed(
        session,
        found,
        made,
        None,
        1000.0,
        0.0,
        saves={name: saves.get(name, 0.0) for name in by_name},
        needs=needs or {},
    )
    made._measure("alone", [found.trial((each.suspect.id,)) for each in rows if each.suspect.id not in UNTRIED])
    made.measured.clear()
    return made


UNTRIED = ("untried",)
STEPS = (raised("pool"), raised("parser"), raised("tiny"), raised("other"))
GAINS = {"pool": 400.0, "parser": 100.0, "tiny": 1.0, "other": 50.0}


@pytest.mark.parametrize("late", [False, True])
def test_all_that_gain_are_steps_in_the_order_of_their_gains_also_when_time_is_up(late: bool) -> None:
    made = bench(*STEPS, late=late, **GAINS)
    made.select()
    assert made.session.chosen == ["pool", "parser", "other"]
    # In time every suspect is held against all others; later there is one group for all.
    assert len(made.measured) == (1 if late else 3)


def test_a_patch_that_replaces_much_at_once_is_the_last_step_with_what_the_others_leave() -> None:
    made = bench(*STEPS, raised("whole", last=True), whole=200.0, **GAINS)
    made.select()
    assert made.session.chosen == ["pool", "parser", "other", "whole"]


@pytest.mark.parametrize("kind", [Kind.SWAP, Kind.SETTING, Kind.ENVIRONMENT])
def test_what_changes_the_load_or_swaps_the_client_is_never_a_step(kind: Kind) -> None:
    made = bench(*STEPS, raised("whole", kind=kind, last=True), whole=200.0, **GAINS)
    made.select()
    assert "whole" not in made.session.chosen


def test_a_patch_that_leaves_nothing_to_gain_is_no_step() -> None:
    made = bench(*STEPS, raised("whole", last=True), whole=1.0, **GAINS)
    made.select()
    assert "whole" not in made.session.chosen


@pytest.mark.parametrize(("late", "arms"), [(False, 5), (True, 3)])
def test_when_time_is_up_no_step_is_put_back_into_the_full_set(late: bool, arms: int) -> None:
    made = bench(*STEPS, late=late, **GAINS)
    made.select()
    made.measured.clear()
    made.climb()
    assert set(made.measured) == {arms}


def test_what_one_late_group_alone_speaks_against_stays_and_what_it_shows_to_harm_does_not() -> None:
    made = bench(raised("pool"), raised("parser"), raised("other"), late=True, pool=400.0, parser=100.0, other=50.0)
    costs = made.saves
    made.saves = costs | {"parser": 0.0, "other": -60.0}
    made.select()
    assert made.session.chosen == ["pool", "parser"]


@pytest.mark.parametrize("late", [False, True])
def test_what_no_time_was_left_for_alone_is_tried_beside_what_gains(late: bool) -> None:
    made = bench(*STEPS, raised("untried", predicted_us=20.0), late=late, **GAINS, untried=30.0)
    made.select()
    assert set(made.session.chosen) == {"pool", "parser", "other", "untried"}
    assert made.session.chosen[:2] == ["pool", "parser"]


@pytest.mark.parametrize("late", [False, True])
def test_what_no_time_was_left_for_alone_is_no_step_where_it_gains_nothing(late: bool) -> None:
    made = bench(*STEPS, raised("untried", predicted_us=200.0), late=late, **GAINS)
    made.select()
    assert "untried" not in made.session.chosen


def told_failures(made: Costed) -> dict[str, str]:
    made.session.manifest = recording_of(control_run()).manifest
    recording = made.session.recording(complete=True)
    assert recording is not None
    assert recording.manifest.experiments is not None
    return dict(recording.manifest.experiments.failures)


def test_a_patch_that_fails_alone_is_a_step_where_it_holds_beside_what_it_needs() -> None:
    made = bench(*STEPS, raised("reserve"), needs={"reserve": "pool"}, **GAINS, reserve=60.0)
    made.select()
    assert made.session.chosen == ["pool", "parser", "reserve", "other"]
    assert told_failures(made) == {"reserve": "alone: 2 requests failed; beside the steps before it, it holds"}


def test_late_too_a_patch_that_fails_alone_is_a_step_where_it_holds_and_disturbs_nobody_where_it_does_not() -> None:
    lost = raised("lost", predicted_us=90.0)
    reserve = raised("reserve", predicted_us=80.0)
    made = bench(*STEPS, lost, reserve, late=True, needs={"reserve": "pool", "lost": "none"}, **GAINS, reserve=60.0)
    made.select()
    assert made.session.chosen == ["pool", "parser", "other", "reserve"]
    assert told_failures(made) == {
        "lost": "2 requests failed", "reserve": "alone: 2 requests failed; beside the steps before it, it holds",
    }  # fmt: skip


def test_a_patch_that_fails_beside_the_steps_too_is_tried_once_more_and_never_again() -> None:
    made = bench(*STEPS, raised("wrong"), needs={"wrong": "nothing"}, **GAINS, wrong=600.0)
    made.select()
    assert made.session.chosen == ["pool", "parser", "other"]
    assert made.measured == [5, 3, 2]  # what was chosen, and each that is left, beside it
    assert told_failures(made) == {"wrong": "2 requests failed"}


def test_a_setting_that_fails_alone_is_not_tried_beside_others() -> None:
    made = bench(*STEPS, raised("limit", kind=Kind.SETTING), needs={"limit": "pool"}, **GAINS, limit=60.0)
    made.select()
    assert "limit" not in made.session.chosen
    assert told_failures(made) == {"limit": "2 requests failed"}
