"""A sweep in blocks from elsewhere: whole blocks are kept, in whatever order they come, and whatever ends it early."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import pytest

from clientprof.experiments.differences.places import PlaceFailed
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.growth.sweep_blocks import SweptBlock, run_sweep_blocks, whole_blocks
from clientprof.experiments.growth.sweep_run import SweepPlan, by_n, measured_whole, run_sweep
from clientprof.model.recording import HOSTS, Recording
from clientprof.model.run import Run
from clientprof.workload.load.scenario import Scenario
from recordings import recording_of, run_of

PLAN = SweepPlan((Subject("aiohttp", "aiohttp"),), Scenario(concurrency=8), (4, 8), blocks=4, seed=7)


def block_of(number: int) -> Recording:
    """What a worker makes of that block, as it comes back."""
    runs = [
        run_of(client=step.client, arm=step.arm, lens=step.lens, block=number, concurrency=n, host=f"host {number % 2}")
        for n in PLAN.n
        for step in PLAN.block(number).at(n).steps
    ]
    made = recording_of(*runs)
    about = (("machine", "system", "Linux"), ("machine", "cores", "2"))
    return Recording(replace(made.manifest, seed=PLAN.seed + number, environment=about), made.runs)


@dataclass
class FakePlace:
    """Gives these blocks, or ends in what is no block; ``asked`` keeps the numbers."""

    gives: Sequence[int | BaseException | str]
    asked: Sequence[int] = ()

    def sweeps(self, plan: SweepPlan, numbers: Sequence[int]) -> Generator[SweptBlock, None, None]:
        self.asked = numbers
        for given in self.gives:
            if isinstance(given, BaseException):
                raise given
            if isinstance(given, str):
                yield SweptBlock(9, block_of(9), given)
            else:
                yield SweptBlock(given, block_of(given))


def nothing(doing: str, done: int, of: int) -> None:
    """Nobody watches."""


def blocks_in(recording: Recording | None) -> list[int]:
    assert recording is not None
    return list(dict.fromkeys(run.facts.block for run in recording.runs))


def test_blocks_are_kept_in_the_order_they_come_with_their_hosts_and_the_seed_asked_for() -> None:
    saved: list[Recording] = []
    outcome = run_sweep_blocks(PLAN, FakePlace((2, 0, 1, 3)), nothing, saved.append)
    found = outcome.recording
    assert found is not None
    assert blocks_in(found) == [2, 0, 1, 3]
    assert [len(blocks_in(each)) for each in saved] == [1, 2, 3, 4]
    assert (found.manifest.complete, found.manifest.seed) == (True, 7)
    told = [row[1:] for row in found.manifest.environment if row[0] == HOSTS]
    assert told == [("host 0", "Linux; cores: 2"), ("host 1", "Linux; cores: 2")]
    assert {value for _, name, value in found.manifest.workload if name == "blocks"} == {
        "4, each on one machine: every n, each client twice in mirror order"
    }


def test_whatever_ends_it_early_leaves_the_blocks_before() -> None:
    for end, said in (
        (KeyboardInterrupt(), None),
        (PlaceFailed("gone"), "gone"),
        ("2 requests failed", "2 requests failed"),
    ):
        outcome = run_sweep_blocks(PLAN, FakePlace((1, end)), nothing)
        assert blocks_in(outcome.recording) == [1]
        assert outcome.recording is not None
        assert outcome.recording.manifest.complete is False
        assert (outcome.interrupted, outcome.failure) == (said is None, said)


def test_a_first_block_that_failed_is_shown() -> None:
    outcome = run_sweep_blocks(PLAN, FakePlace(("2 requests failed",)), nothing)
    assert (blocks_in(outcome.recording), outcome.failure) == ([9], "2 requests failed")


def test_what_is_gone_on_with_keeps_whole_blocks_and_measures_the_others() -> None:
    outcome = run_sweep_blocks(PLAN, FakePlace((2, 0, KeyboardInterrupt())), nothing)
    assert outcome.recording is not None
    runs: list[Run] = list(outcome.recording.runs)
    earlier = whole_blocks(Recording(outcome.recording.manifest, tuple(runs[1:])), PLAN)
    assert blocks_in(earlier) == [0]
    place = FakePlace((1, 2, 3))
    found = run_sweep_blocks(PLAN, place, nothing, earlier=earlier).recording
    assert place.asked == [1, 2, 3]
    assert blocks_in(found) == [0, 1, 2, 3]
    assert found is not None
    assert found.manifest.complete is True


def test_when_its_time_is_up_no_further_block_is_waited_for_and_the_rest_can_be_measured_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_s = iter((0.0, 5.0, 9.0, 10.0))
    monkeypatch.setattr("clientprof.experiments.growth.sweep_blocks.monotonic", lambda: next(clock_s))
    outcome = run_sweep_blocks(replace(PLAN, max_seconds=10.0), FakePlace((0, 1, 2, 3)), nothing)
    assert outcome.recording is not None
    assert outcome.time_up == "the 10 s of --max-time were up after 3 of 4 blocks"
    assert (outcome.failure, outcome.recording.manifest.complete) == (None, False)
    assert [row[0] for row in outcome.recording.manifest.notices] == ["time-up"]
    earlier = whole_blocks(outcome.recording, PLAN)
    assert (blocks_in(earlier), earlier.manifest.notices) == ([0, 1, 2], ())


def test_when_its_time_is_up_no_further_n_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = iter((0.0, 10.0))
    monkeypatch.setattr("clientprof.experiments.growth.sweep_run.monotonic", lambda: next(clock_s))
    plan = replace(PLAN, n=(4, 8, 16, 32), max_seconds=10.0)
    outcome = run_sweep(plan, nothing, earlier=block_of(0))
    assert outcome.time_up == "the 10 s of --max-time were up before n = 16, 32"
    assert outcome.recording is not None
    assert sorted(by_n(outcome.recording)) == [4, 8]
    (notice,) = outcome.recording.manifest.notices
    assert notice[:2] == ("time-up", "The 10 s of --max-time were up before n = 16, 32.")
    assert measured_whole(outcome.recording, PLAN.block(0)).manifest.notices == ()
