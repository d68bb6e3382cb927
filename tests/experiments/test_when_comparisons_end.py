"""Why the measuring of a comparison ends: certain differences where the verdict is asked for, widths where a width is."""

from dataclasses import replace

import pytest

from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import Session, _enough
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
