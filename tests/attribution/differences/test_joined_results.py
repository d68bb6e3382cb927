"""Results of two clusters as one: all blocks, each with its host; refused where they are not of one comparison."""

from array import array
from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.comparison_result import comparison_result
from clientprof.attribution.differences.joined_results import NotAlike, joined
from clientprof.model.differences.stopping import Stopping
from clientprof.model.recording import HOSTS, Recording, RecordingKind
from clientprof.model.run import Run
from recordings import control_run, recording_of

BASE, SLOW = "aiohttp", "httpx"


def compared(host: str, ratios: Sequence[float], *, level: float = 100.0, at: int = 0) -> Recording:
    """A comparison on one host, a block for each ratio; its first instant is ``at``."""
    runs: list[Run] = []
    for block, ratio in enumerate(ratios):
        for arm, cost in ((BASE, level), (SLOW, level * ratio), (f"{BASE} again", level)):
            run = control_run(cost, arm, block=block)
            shift = at + 10_000_000 * block
            columns = {
                name: array("q", [value + shift for value in column])
                if name.endswith(("started_ns", "ended_ns"))
                else column
                for name, column in run.columns.items()
            }
            runs.append(Run(replace(run.facts, host=host), columns))
    recording = recording_of(*runs, baseline=BASE)
    manifest = replace(
        recording.manifest,
        kind=RecordingKind.COMPARISON,
        environment=((HOSTS, host, "cores: 2"),),
        workload=(("workload", "scenario", "c4/1k"), ("workload", "blocks", "some")),
        stopping=Stopping("the most blocks allowed", len(ratios), 9, 0.5, 0.0125, 10.0),
    )
    return Recording(manifest, recording.runs)


ONE = compared("host a", (2.0, 2.02, 1.98, 2.0, 2.01))
# Three times as slow a machine, whose ratio is the same.
OTHER = compared("host b", (1.99, 2.01, 2.0, 2.0, 2.0, 2.02), level=300.0, at=5_000)


def test_all_blocks_count_each_of_its_host_and_no_machine_s_speed() -> None:
    together = joined([ONE, OTHER])
    (pair,) = comparison_result(together).pairs
    effect = pair.comparison.effect
    assert effect.ratio.value == pytest.approx(2.0, rel=0.01)
    assert effect.ratio.n == 11
    assert effect.ratio.low is not None
    assert effect.ratio.low > 1.98
    blocks = {run.facts.block: run.facts.host for run in together.runs}
    assert list(blocks.values()) == ["host a"] * 5 + ["host b"] * 6
    manifest = together.manifest
    assert [row[1] for row in manifest.environment] == ["host a", "host b"]
    assert {name: value for _, name, value in manifest.workload}["blocks"] == "11 in lock-step, of 2 results"
    stopping = manifest.stopping
    assert stopping is not None
    assert (stopping.blocks, stopping.seconds) == (11, 20.0)
    assert stopping.half_width is not None
    assert stopping.half_width < 0.05


def of_version(version: str) -> Recording:
    runs = (Run(replace(run.facts, client_version=version), run.columns) for run in OTHER.runs)
    return Recording(OTHER.manifest, tuple(runs))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (ONE, "the same ones"),
        (compared("", (2.0, 2.0), at=9_000), "measure them with --cluster"),
        (of_version("9"), "versions differ"),
        (Recording(replace(OTHER.manifest, baseline=SLOW), OTHER.runs), "baselines differ: aiohttp and httpx"),
        (Recording(replace(OTHER.manifest, kind=RecordingKind.SWEEP), OTHER.runs), "this is a sweep"),
        (
            Recording(replace(OTHER.manifest, workload=(("workload", "scenario", "c8/1k"),)), OTHER.runs),
            "the scenario differs",
        ),
    ],
)
def test_what_is_not_of_one_comparison_is_refused_in_a_sentence(other: Recording, said: str) -> None:
    with pytest.raises(NotAlike, match=said) as raised:
        joined([ONE, other])
    assert "\n" not in str(raised.value)
