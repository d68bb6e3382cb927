"""When and why the measuring of a comparison ends: differences are certain, or intervals narrow; then it is explained."""

from dataclasses import replace

import pytest

from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import Progress, Session, _enough, run_compare
from clientprof.experiments.environments.subjects import Subject
from clientprof.stats.verdicts import Block
from clientprof.workload.load.scenario import Scenario

ARMS = tuple(Subject(name, "aiohttp") for name in ("base", "equal", "slower"))
PLAN = ComparePlan(ARMS, "base", Scenario(), until_told=True)
NOISY = [1.03 ** (-1) ** n for n in range(8)]
SLOWER = [Block((1.0,), (2.0 * each,), (1.0,)) for each in NOISY]
NARROW, WIDE = ([Block((1.0,), (each**power,), (1.0,)) for each in NOISY] for power in (0.01, 1.0))


@pytest.mark.parametrize(
    ("plan", "equal", "reason"),
    [
        (PLAN, SLOWER, "the differences are certain"),
        (PLAN, NARROW, "every difference is certain or its interval narrow"),
        (PLAN, WIDE, ""),
        (replace(PLAN, until_told=False), SLOWER, ""),
        (replace(PLAN, until_told=False, half_width=0.1), SLOWER, "the intervals are narrow enough"),
    ],
)
def test_measuring_ends_when_nothing_is_uncertain_any_more(plan: ComparePlan, equal: list[Block], reason: str) -> None:
    session = Session(plan, lambda _: None, lambda _: None, blocks={"slower": SLOWER, "equal": equal}, done=len(NOISY))
    assert _enough(session, 0.0) is bool(reason)
    assert session.reason == reason


def test_what_explains_a_difference_is_measured_when_the_verdict_stands() -> None:
    steps: list[Progress] = []
    arms = (Subject("base", "aiohttp"), Subject("other", "aiohttp"))
    plan = ComparePlan(arms, "base", Scenario(concurrency=2), blocks=2, quick=True)
    recording = run_compare(plan, steps.append).recording
    assert recording is not None
    stopping = recording.manifest.stopping
    assert stopping is not None
    assert stopping.verdict_seconds is not None
    assert stopping.seconds is not None
    by_then = [step.doing for step in steps if step.seconds <= stopping.verdict_seconds]
    later = [step.doing for step in steps if step.seconds > stopping.verdict_seconds]
    assert by_then[0] == "sample lens"
    assert by_then[-1] == "block 2 done"
    assert later[:2] == ["measured: the most blocks allowed", "count lens"]
    assert [look.blocks for look in stopping.looks] == [1, 2]
    assert stopping.looks[0].half_width is None
    assert stopping.looks[1].half_width == stopping.half_width
    assert stopping.looks[1].seconds <= stopping.verdict_seconds
    assert {run.facts.lens for run in recording.runs} == {"sample", "control", "count"}


def test_time_is_left_for_what_explains_the_difference() -> None:
    plan = replace(PLAN, max_seconds=100.0)
    session = Session(plan, lambda _: None, lambda _: None, blocks={"slower": WIDE, "equal": WIDE}, explaining_s=90.0)
    assert not _enough(session, 5.0)
    assert _enough(session, 15.0)
