"""What each process of a program does once when it starts is no work that should leave the loop, unless somebody waits."""

from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.attribution.programs.rules.loop import is_long_work
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder


@pytest.mark.parametrize(
    ("processes", "blamed_us", "told"), [(1, 0.0, True), (4, 0.0, False), (4, 2_000.0, True)],
    ids=["again and again", "once in each", "once in each, and others wait"],
)  # fmt: skip
def test_long_steps_are_counted_for_each_process(processes: int, blamed_us: float, told: bool) -> None:
    held = Estimate(0.8, None, None, "s", 90)
    holder = Holder(
        "<string>", 1, "<module>", "app", Layer.APP, held, 0.8, 0.2, None, blamed_us, steps=7, long_steps=7,
        long_s=0.8,
    )  # fmt: skip
    evidence: Any = SimpleNamespace(
        holders=[holder],
        loops=[SimpleNamespace(process=number) for number in range(processes)],
        request_us=100_000.0,
        noticed_s=lambda share: 0.1,
    )
    assert is_long_work(holder, evidence) is told
