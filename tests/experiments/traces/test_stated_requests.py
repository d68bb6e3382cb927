"""The load that is stated for another server is a bound: no step of a plan can send more, whatever its rounds take."""

from dataclasses import replace

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import ClientOptions
from clientprof.experiments.traces.trace_plan import LENS_ORDER, TracePlan, WorkerStep
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of
from clientprof.workload.sequence import Round, sequence
from clientprof.workload.settings import WorkerSettings

WITHOUT_MEMORY = tuple(lens for lens in LENS_ORDER if lens != "memory")


class Heard:
    """A parent that listens."""

    def tell(self, event: str, **values: object) -> None:
        """Nothing follows from it."""

    def ask(self, event: str) -> None:
        """It may go on at once."""


class Finale(Lens):
    """A lens with one more round."""

    finale = True


def requests_of(plan: TracePlan, step: WorkerStep) -> int:
    """What the step's worker sends if its client never computes enough: all rounds that it may make."""
    scenario = plan.load(step.client)
    settings = WorkerSettings(
        client=step.client, adapter="httpx", lens=step.lens, arm=step.arm, block=step.block, urls=("http://x/",),
        scenario=scenario, cold=step.cold, opening=plan.opening(step.client), ca_file=None, expected_status=200,
        expected_bytes=None, rounds=plan.rounds_of(step.lens), max_rounds=plan.max_rounds_of(step.lens),
        min_cpu_s=1e9, max_seconds=1e9, seed=1, cpu=None, interval_us=0.0, output="",
    )  # fmt: skip
    lens = (Finale if step.lens == "count" else Lens)(settings, CLIENTS["httpx"](), Recorder())
    operations = sequence(settings, ClientOptions(), lens, Heard())
    sent = 0
    try:
        operation = next(operations)
        while True:
            sent += operation.count if isinstance(operation, Round) else 0
            operation = operations.send(0)
    except StopIteration:
        return sent


@pytest.mark.parametrize("rounds", [1, 7])
@pytest.mark.parametrize(
    "load", [Scenario(8), Scenario(100), Scenario(512), Scenario(200, requests=1000, limit=20)], ids=label_of
)
def test_no_plan_sends_more_than_it_states_nor_half_of_it(load: Scenario, rounds: int) -> None:
    plan = TracePlan(
        client="httpx",
        baseline="aiohttp",
        scenario=load,
        lenses=WITHOUT_MEMORY,
        rounds=rounds,
        url="http://x/",
        floor=False,
    )
    sent = sum(requests_of(plan, step) for step in plan.steps)
    # A cold round that is not finished is followed by a worker without: it has its warm-up, opening and rounds.
    again = sum(requests_of(plan, replace(step, cold=False)) for step in plan.steps if step.cold)
    begun = sum(min(16, load.requests_per_round) + load.requests_per_round for step in plan.steps if step.cold)
    whole = sum(requests_of(plan, step) for step in plan.steps if not step.cold)
    assert sent <= plan.most_requests
    assert begun + again + whole <= plan.most_requests
    assert sent > plan.most_requests / 2
