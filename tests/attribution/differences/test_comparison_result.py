"""A recording of several arms becomes verdicts, gaps, counters and merged trees; what cannot be compared gets no verdict."""

from dataclasses import replace

import pytest

from arms import BASE, DEARER, again, arm_runs, sampled, two_arms
from clientprof.attribution.comparison_result import comparison_result
from clientprof.attribution.differences.counter_differences import counter_differences
from clientprof.model.differences.conditions import Outcome
from clientprof.model.differences.stopping import Stopping
from clientprof.model.estimate import Verdict
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.results import CounterRow
from clientprof.model.run import Run
from recordings import recording_of


def with_facts(recording: Recording, client: str, **facts: object) -> Recording:
    runs = tuple(
        Run(replace(run.facts, **facts), run.columns) if run.facts.client == client else run  # type: ignore[arg-type]
        for run in recording.runs
    )
    return Recording(recording.manifest, runs)


def test_two_arms_give_a_verdict_a_gap_that_adds_up_counters_and_a_tree() -> None:
    stop = Stopping("half-width reached", 6, 20, 0.012, 0.015, 31.0)
    found = comparison_result(two_arms(), stopping=stop)
    assert [arm.name for arm in found.arms] == ["aiohttp", "httpx"]
    pair = found.pairs[0]
    assert (pair.candidate, pair.comparison.effect.verdict) == ("httpx", Verdict.SLOWER)
    assert pair.gap is not None
    assert pair.flame is not None
    pair.gap.self_check()
    assert pair.gap.control_us is not None
    assert pair.gap.control_us.value == pytest.approx(40.0, abs=1.5)
    total = sum(row.cost.difference_us.value for row in pair.gap.layers)
    assert total == pytest.approx(pair.gap.control_us.value, rel=0.01)
    assert pair.gap.remainder_us == pytest.approx(0.0, abs=0.1)
    assert {row.layer for row in pair.gap.layers if row.cost.significant} == {Layer.POOL, Layer.TLS}
    assert found.incompatibilities == ()
    assert found.stopping == stop


def test_conditions_kept_with_a_recording_are_decided_again() -> None:
    recording = two_arms()
    texts = ("cpu_us_per_request > 1.05 x baseline", "errors > 0")
    kept = Recording(replace(recording.manifest, conditions=texts), recording.runs)
    rows = comparison_result(kept).conditions
    assert [(row.text, row.arm, row.outcome) for row in rows] == [
        (texts[0], "httpx", Outcome.HOLDS),
        (texts[1], "httpx", Outcome.NOT),
    ]


def test_three_arms_give_two_pairs_against_the_same_baseline() -> None:
    third = arm_runs("niquests", BASE, seed=5)
    both = two_arms()
    found = comparison_result(recording_of(*both.runs, *third, baseline="aiohttp"))
    assert [pair.candidate for pair in found.pairs] == ["httpx", "niquests"]
    verdicts = {pair.candidate: pair.comparison.effect.verdict for pair in found.pairs}
    assert verdicts == {"httpx": Verdict.SLOWER, "niquests": Verdict.NO_DIFFERENCE}
    calm = found.pairs[1].gap
    assert calm is not None
    assert not any(row.cost.significant for row in calm.layers)


def test_arms_of_another_loop_get_no_verdict_unless_it_is_allowed_and_then_the_result_is_marked() -> None:
    mixed = with_facts(with_facts(two_arms(), "httpx", loop="uvloop"), "aiohttp", loop="asyncio")
    found = comparison_result(mixed)
    assert found.incompatibilities == ("the event loop differs: asyncio for aiohttp, uvloop for httpx",)
    assert found.pairs[0].comparison.effect.verdict is Verdict.NO_VERDICT
    assert "event loop" in found.pairs[0].comparison.effect.reason
    assert not found.allowed
    allowed = comparison_result(mixed, allowed=True)
    assert allowed.pairs[0].comparison.effect.verdict is Verdict.SLOWER
    assert allowed.allowed
    assert not comparison_result(two_arms(), allowed=True).allowed


def test_sampled_processes_of_the_same_blocks_are_compared_in_pairs() -> None:
    levels = (1.0, 1.5, 0.8)
    runs = [*arm_runs("aiohttp", BASE)[:-1], *again("aiohttp", BASE), *arm_runs("httpx", DEARER)[:-1]]
    for block, level in enumerate(levels):
        for arm, weights in (("aiohttp", BASE), ("httpx", DEARER)):
            runs.append(sampled([w * level for w in weights], block, client=arm, arm=arm, block=block))
    found = comparison_result(recording_of(*runs, baseline="aiohttp"))
    gap = found.pairs[0].gap
    assert gap is not None
    assert gap.runs == (3, 3)
    assert gap.spread < 0.1


def test_without_samples_the_verdict_stands_and_the_gap_is_absent() -> None:
    bare = Recording(two_arms().manifest, tuple(run for run in two_arms().runs if run.facts.lens != "sample"))
    pair = comparison_result(bare).pairs[0]
    assert (pair.gap, pair.flame) == (None, None)
    assert pair.comparison.effect.verdict is Verdict.SLOWER


def test_no_baseline_is_an_error() -> None:
    with pytest.raises(ValueError, match="no baseline"):
        comparison_result(recording_of(*arm_runs("httpx", BASE)))
    with pytest.raises(ValueError, match="no run of the baseline"):
        comparison_result(recording_of(*arm_runs("httpx", BASE), baseline="aiohttp"))


def counter(name: str, value: float, expected: float | None = None) -> CounterRow:
    return CounterRow(name, value, "per request", name, expected)


def test_counters_stand_side_by_side_those_above_what_is_expected_first() -> None:
    rows = counter_differences(
        [counter("calls", 195.0), counter("passes", 1.0, 2.0), counter("only old", 3.0)],
        [counter("calls", 5630.0), counter("passes", 14.0, 2.0), counter("imports", 4.0, 0.0)],
    )
    assert [(row.name, row.above) for row in rows[:2]] == [("passes", True), ("imports", True)]
    assert {row.name: row.ratio for row in rows} == {
        "passes": 14.0, "imports": None, "calls": pytest.approx(5630 / 195), "only old": None,
    }  # fmt: skip
    assert next(row for row in rows if row.name == "only old").candidate is None


def test_a_retry_or_two_among_hundreds_is_not_above_what_is_expected() -> None:
    assert not counter_differences((), [counter("imports", 0.004, 0.0)])[0].above
    assert counter_differences((), [counter("imports", 0.02, 0.0)])[0].above
