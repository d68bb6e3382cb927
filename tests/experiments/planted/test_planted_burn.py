"""A burn planted in aiohttp, unknown to the catalogue: raised by its cost, confirmed by its slope, removed by a patch."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.attribution.client_result import client_result
from clientprof.attribution.experiments.slow_down import Agreement, slowed_down
from clientprof.experiments.differences.blocks import Shape, measure_block
from clientprof.experiments.differences.control_arms import control_arm
from clientprof.experiments.environment_rows import usable_cores
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.staircase.suspicion import raise_suspects
from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.evidence.generic_functions import SlowDown
from clientprof.experiments.suspects.own_patch import own_patch, parse_patch
from clientprof.experiments.suspects.suspect import Case
from clientprof.model.recording import Manifest, Recording
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.lockstep import Arm
from clientprof.workload.process import run_worker
from unsteady import hold

PLANTS = Path(__file__).parents[1] / "plants" / "in_connection.py"
PLANT = Change(file=str(PLANTS), name="apply")
TARGET = "aiohttp.connector:Connection.protocol"
SCENARIO = Scenario(16)
GROUPS = 4
# Of a slope and of a gain. One group knows the difference of two arms to 3 % of a request (``experiments/differences/
# blocks.py``), and a dose adds about a third of it: 13 % for a group, 7 % for the mean of four; this is three of those.
TOLERANCE = 0.2


@pytest.fixture(scope="module")
def beside() -> Iterator[OriginProcess]:
    cores = usable_cores()
    with OriginProcess(Options(cpu=cores[1] if len(cores) > 1 else None)) as running:
        yield running


def arm(origin: OriginProcess, name: str, *changes: Change) -> Arm:
    return control_arm(
        Subject("aiohttp", "aiohttp"), SCENARIO, origin.ready,
        name=name, core=usable_cores()[0], block=0, seed=1, timeout_s=60.0, changes=(PLANT, *changes),
    )  # fmt: skip


@pytest.fixture(scope="module")
def planted(beside: OriginProcess) -> Case:
    """The case that the planted client makes, by the lenses that explain."""
    settings = arm(beside, "aiohttp").settings
    sample = replace(settings, lens="sample", interval_us=1000.0, min_cpu_s=1.0, max_rounds=10_000, max_seconds=30.0)
    runs = [
        run_worker(each, lambda event: None, timeout_s=60.0)
        for each in (sample, replace(settings, lens="count"), replace(settings, min_cpu_s=0.3, max_rounds=1000))
    ]
    names = {"baseline": None, "clients": ("aiohttp",), "environment": (), "workload": (), "notices": ()}
    manifest = Manifest(
        schema="", created="", command=(), seed=1, complete=True, tool_version="", **names  # type: ignore[arg-type]
    )  # fmt: skip
    return Case(client_result(Recording(manifest, tuple(runs)), "aiohttp"), None, SCENARIO, "aiohttp", "aiohttp")


@pytest.mark.slow
def test_a_planted_burn_is_raised_confirmed_by_its_slope_and_removed_by_a_patch(
    planted: Case, beside: OriginProcess
) -> None:
    raised = [each.suspect for each in raise_suspects(planted, SUSPECTS)[0]]
    found = next(suspect for suspect in raised if isinstance(suspect, SlowDown))
    assert found.target == TARGET
    assert found.calls_per_request == 5.0

    patch = own_patch(parse_patch(f"{TARGET}={PLANTS}:without"), "aiohttp")
    predicted = patch.evidence(planted)
    assert predicted is not None
    assert predicted.predicted_us == found.own_us

    small, large = found.doses_us
    arms = {
        "planted": arm(beside, "planted"),
        "small": arm(beside, "small", *found.dosed(small).changes),
        "large": arm(beside, "large", *found.dosed(large).changes),
        "removed": arm(beside, "removed", *patch.intervention(planted).changes),
    }
    block = measure_block(beside, arms, random.Random(1), Shape(groups=GROUPS, turns=60), timeout_s=120.0)
    costs = [group.cpu_us_per_request() for group in block.groups]
    assert sum(group.errors for group in block.groups) == 0

    own = next(row.self_us_per_request for row in planted.client.functions if row.function == "Connection.protocol")
    slowed = slowed_down([{small: cost["small"], large: cost["large"]} for cost in costs], own, found.calls_per_request)
    assert slowed is not None
    assert slowed.inferred_us is not None
    slope, gain_us = slowed.slope.value, sum(cost["planted"] - cost["removed"] for cost in costs) / GROUPS
    hold(slope == pytest.approx(5.0, rel=TOLERANCE), f"slope {slope:.2f} of 5 calls")
    hold(slowed.agreement is Agreement.AGREES, f"the slope {slowed.agreement}")
    predicted_us, inferred_us = predicted.predicted_us, slowed.inferred_us.value
    hold(gain_us == pytest.approx(predicted_us, rel=TOLERANCE), f"gain {gain_us:.1f} µs, predicted {predicted_us:.1f}")
    hold(gain_us == pytest.approx(inferred_us, rel=TOLERANCE), f"gain {gain_us:.1f} µs, inferred {inferred_us:.1f}")
