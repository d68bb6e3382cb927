"""A sweep whose blocks are of several hosts: how fast a host is changes neither a slope nor its interval."""

import random
from dataclasses import replace

import pytest

from clientprof.attribution.sweep_result import growth_result
from clientprof.model.estimate import Estimate
from clientprof.model.growth.series import GrowthResult
from clientprof.model.recording import Recording
from clientprof.model.run import Run, UnfinishedRound
from recordings import control_run, recording_of

NS = (16, 64, 256, 1024)


def swept(*, slower: float = 1.0, steeper: float = 0.0, named: bool = True) -> dict[int, Recording]:
    """Six blocks, every second one of host b, which is ``slower`` times as slow and whose slope is ``steeper``."""
    chance = random.Random(1)

    def block(n: int, number: int) -> list[Run]:
        odd = number % 2
        cost = 100.0 * (n / 16) ** (0.5 + steeper * odd) * slower**odd
        runs = [control_run(cost * chance.uniform(0.99, 1.01), block=number) for _ in range(2)]
        return [Run(replace(run.facts, host=f"host {'ab'[odd]}" if named else ""), run.columns) for run in runs]

    return {n: recording_of(*(run for number in range(6) for run in block(n, number))) for n in NS}


def width(found: Estimate | None) -> float:
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def slope_of(result: GrowthResult) -> Estimate | None:
    return result.totals[0].slope


def test_how_fast_a_host_is_changes_neither_slope_nor_interval() -> None:
    alike, apart = growth_result(swept()), growth_result(swept(slower=3.0))
    slope = slope_of(apart)
    assert slope is not None
    assert slope.value == pytest.approx(0.5, abs=0.01)
    assert width(slope) == pytest.approx(width(slope_of(alike)))
    assert width(apart.retentions[0].ratio) == pytest.approx(width(alike.retentions[0].ratio))
    # Without the hosts' names the same runs would seem to scatter threefold.
    assert width(slope_of(growth_result(swept(slower=3.0, named=False)))) > 3 * width(slope)


def test_hosts_that_differ_in_the_slope_are_told() -> None:
    notices = [notice for notice in growth_result(swept(steeper=0.2)).notices if notice.id == "hosts-disagree"]
    assert [notice.text for notice in notices] == [
        "The hosts differ in how CPU per request of httpx grows by more than their blocks allow: "
        "slope 0.50 on host a, 0.70 on host b."
    ]
    assert not [notice for notice in growth_result(swept(slower=3.0)).notices if notice.id == "hosts-disagree"]


def test_beyond_an_n_that_one_host_did_not_finish_nothing_is_held_against_the_rest() -> None:
    recordings = swept()
    first = recordings[64].runs[0]
    late = Run(
        replace(first.facts, unfinished=UnfinishedRound(answered=1, failed=0, of=64, seconds=1.0)), first.columns
    )
    recordings[64] = Recording(recordings[64].manifest, (late, *recordings[64].runs[1:]))
    assert [point.n for point in growth_result(recordings).totals[0].points] == [16]
