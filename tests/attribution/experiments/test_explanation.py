"""Groups in lock-step become gains, a staircase that adds up, interactions and outcomes; nothing uncertain is confirmed."""

import random
import re
from array import array
from collections.abc import Mapping
from dataclasses import replace

import pytest

from clientprof.attribution.experiments.gains import with_experiments
from clientprof.attribution.explanation_result import explanation_of
from clientprof.model.experiments.staircase import Explanation, Outcome
from clientprof.model.experiments.suspicions import Behaviour, Experiments, Kind, OtherLoad, Suspicion, Trial, Undone
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run, RunFacts
from recordings import recording_of

REQUESTS = 2


def turns(client: str, arm: str, block: int, cost_us: float, seed: float) -> Run:
    """A control run of four turns, one round each, that cost about so much CPU per request."""
    chance = random.Random(f"{arm}/{block}/{seed}")
    cpu = [int(cost_us * chance.uniform(0.995, 1.005) * REQUESTS * 1000) for _ in range(4)]
    starts = [number * 10_000_000_000 for number in range(4)]
    columns = {
        "turn.rounds": [1] * 4,
        "round.kind": [int(RoundKind.MEASURED)] * 4,
        "round.first": [number * REQUESTS for number in range(4)],
        "round.count": [REQUESTS] * 4,
        "round.started_ns": starts,
        "round.ended_ns": [start + spent for start, spent in zip(starts, cpu, strict=True)],
        "round.cpu_ns": cpu,
        "round.thread_cpu_ns": cpu,
        "round.involuntary": [0] * 4,
    }
    columns |= {f"exchange.{name}": [0] * 4 * REQUESTS for name in ("started_ns", "error", "received_ns", "written_ns")}
    columns |= {"exchange.ended_ns": [1000] * 4 * REQUESTS, "exchange.status": [200] * 4 * REQUESTS}
    columns |= {"exchange.body_bytes": [1024] * 4 * REQUESTS}
    facts = RunFacts(
        client=client,
        lens="control",
        arm=arm,
        block=block,
        requests_per_round=REQUESTS,
        complete=True,
        client_version="1",
    )
    return Run(facts, {name: array("q", values) for name, values in columns.items()})


def groups(costs: Mapping[str, float], blocks: range, seed: float = 1) -> list[Run]:
    return [
        turns("httpx" if arm == "httpx again" else arm, arm, block, cost, seed)
        for block in blocks
        for arm, cost in costs.items()
    ]


def suspicion(name: str, predicted_us: float | None = 100.0, kind: Kind = Kind.PATCH) -> Suspicion:
    return Suspicion(name, kind, Layer.POOL, f"{name} costs", "1 of 2", predicted_us)


def without(*suspects: str) -> Trial:
    return Trial(f"httpx without {', '.join(suspects)}" if suspects else "httpx", suspects)


# b alone is a loss; behind a it is a gain.
COSTS = {
    "httpx": 1000.0,
    "httpx again": 1000.0,
    without("a").arm: 700.0,
    without("b").arm: 1200.0,
    without("c").arm: 1000.0,
    without("a", "b").arm: 400.0,
    "aiohttp": 100.0,
    "floor": 50.0,
}
HELD = Experiments(
    client="httpx",
    suspicions=(suspicion("a", 250.0), suspicion("b"), suspicion("c", None), suspicion("d"), suspicion("e")),
    trials=(without(), without("a"), without("b"), without("c"), without("a", "b")),
    chosen=("a", "b"),
    undone=(Undone("d", "no time left"),),
    behaviour={"b": Behaviour(("bodies",), ("a timeout raises ValueError",)), "a": Behaviour(("bodies",), ())},
    failures={"e": "no such function"},
)


def explained(costs: Mapping[str, float] = COSTS, held: Experiments = HELD, blocks: range = range(6)) -> Explanation:
    recording = recording_of(*groups(costs, blocks), baseline="aiohttp")
    manifest = replace(recording.manifest, clients=("httpx", "aiohttp"), experiments=held)
    return explanation_of(replace(recording, manifest=manifest))


def test_each_outcome_is_told_from_the_others() -> None:
    found = {row.suspicion.id: row for row in explained().experiments}
    assert {name: row.outcome for name, row in found.items()} == {
        "a": Outcome.CONFIRMED,
        "b": Outcome.LOSS,
        "c": Outcome.NO_GAIN,
        "d": Outcome.NOT_MEASURED,
        "e": Outcome.NOT_APPLIED,
    }
    gain = found["a"].gain_us
    assert gain is not None
    assert gain.value == pytest.approx(300, abs=8)
    assert found["a"].error_us == pytest.approx(-50, abs=8)
    assert found["a"].share == pytest.approx(0.3, abs=0.01)
    assert (found["a"].upper_bound, found["b"].upper_bound) == (False, True)
    assert (found["d"].reason, found["e"].reason) == ("no time left", "no such function")
    assert found["c"].error_us is None


def test_the_staircase_leads_from_the_client_to_the_baseline_and_adds_up() -> None:
    stairs = explained().staircase
    assert stairs is not None
    assert [step.suspect for step in stairs.steps] == ["a", "b"]
    assert stairs.baseline_us is not None
    assert stairs.unexplained_us is not None
    assert stairs.explained_share is not None
    assert stairs.floor_us is not None
    climbed = sum(step.gain_us.value for step in stairs.steps) + stairs.unexplained_us.value + stairs.baseline_us.value
    assert climbed == pytest.approx(stairs.start.value, rel=1e-9)
    assert stairs.explained_share.value == pytest.approx(600 / 900, abs=0.01)
    assert stairs.floor_us.value == pytest.approx(50, abs=1)
    first, second = stairs.steps
    assert second.upper_bound
    assert second.alone_us is not None
    assert second.alone_us.value == pytest.approx(-200, abs=10)
    assert first.left_out_us is not None
    # Put back into the full set, the first costs what lies between b alone and both.
    assert first.left_out_us.value == pytest.approx(800, abs=15)


def test_a_loss_that_becomes_a_gain_beside_another_is_an_interaction() -> None:
    (interaction,) = explained().interactions
    assert interaction.suspects == ("a", "b")
    assert interaction.together_us.value == pytest.approx(600, abs=10)
    assert interaction.sum_us.value == pytest.approx(100, abs=15)
    assert interaction.text.startswith("Alone, b loses ")
    assert "beside a it gains " in interaction.text


def test_gains_that_add_up_are_no_interaction() -> None:
    assert explained({**COSTS, without("b").arm: 700.0}).interactions == ()


def test_one_block_confirms_nothing() -> None:
    found = {row.suspicion.id: row for row in explained(blocks=range(1)).experiments}
    assert found["a"].outcome is Outcome.NOT_MEASURED


def test_an_unchanged_client_that_differs_from_itself_is_noted() -> None:
    found = explained({**COSTS, "httpx again": 1100.0})
    assert "again-differs" in [notice.id for notice in found.measured.notices]
    assert "again-differs" not in [notice.id for notice in explained().measured.notices]


def test_blocks_under_another_load_say_nothing_of_the_load_explained() -> None:
    held = replace(HELD, other_loads=(OtherLoad("c25/1k", (6, 7)),))
    runs = groups(COSTS, range(6)) + groups({name: cost / 10 for name, cost in COSTS.items()}, range(6, 8))
    recording = recording_of(*runs, baseline="aiohttp")
    found = explanation_of(replace(recording, manifest=replace(recording.manifest, experiments=held)))
    assert found.staircase is not None
    assert found.staircase.start.value == pytest.approx(1000, abs=10)
    (regime,) = found.regimes
    assert regime.label == "c25/1k"
    assert regime.gains_us["a"].value == pytest.approx(30, abs=2)
    assert regime.gains_us["a, b"].value == pytest.approx(60, abs=2)


def test_a_recording_without_experiments_is_refused() -> None:
    recording = recording_of(*groups(COSTS, range(2)), baseline="aiohttp")
    with pytest.raises(ValueError, match="no experiments"):
        explanation_of(recording)


def test_a_finding_carries_the_experiment_on_its_suspect() -> None:
    finding = Finding("a", "t", Layer.POOL, (), "claim", (), "remedy", "falsifier")
    recording = recording_of(*groups(COSTS, range(6)), baseline="aiohttp")
    held = replace(recording, manifest=replace(recording.manifest, experiments=HELD))
    proven, other = with_experiments((finding, replace(finding, id="x")), held)
    assert re.match(r"Taken away alone it saves (29\d|30\d) µs \[", proven.experiment)
    assert "the profile predicted 250 µs. Confirmed: 0.70" in proven.experiment
    assert proven.experiment.endswith("Behaviour, by 1 kinds of checks: as before.")
    assert other.experiment == ""
    assert with_experiments((finding,), recording) == (finding,)
