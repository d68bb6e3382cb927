"""The difference between two clients: a verdict over blocks, and rows by layer that add up to the whole gap."""

import pytest

from clientprof.attribution.costs.against_baseline import compare
from clientprof.model.estimate import Verdict
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.run import Run
from recordings import TURN, boundary, code, control_run, recording_of, sample_run

POOL, HTTP, GRAB = code("x.pool"), code("x.http"), code("x.tls")
EDGES = (boundary(POOL, Layer.POOL), boundary(HTTP, Layer.HTTP), boundary(GRAB, Layer.TLS))
STACKS = ([TURN, POOL], [TURN, HTTP], [TURN, GRAB])


def sampled(client: str, weights: tuple[int, int, int], times: int = 40) -> Run:
    rows = [(n, weights[n % 3] + n % 5, n % 3) for n in range(3 * times) if weights[n % 3]]
    return sample_run(STACKS, rows, *EDGES, requests=10, client=client, arm=client)


def blocks(ratio: float, again: float = 1.0, count: int = 6) -> list[Run]:
    runs: list[Run] = []
    for block in range(count):
        level = 100.0 + 3 * block
        runs.append(control_run(level, "aiohttp", block=block))
        runs.append(control_run(level * ratio * (1 + block * 1e-3), "httpx", block=block))
        runs.append(control_run(level * again * (1 + (block % 2 - 0.5) * 1e-3), "aiohttp again", block=block))
    return runs


def recording(*extra: Run, ratio: float = 2.0, again: float = 1.0) -> Recording:
    return recording_of(*blocks(ratio, again), *extra, baseline="aiohttp")


def test_the_rows_of_the_gap_add_up_to_the_gap_and_their_shares_to_one() -> None:
    found = compare(
        recording(sampled("httpx", (900, 300, 0)), sampled("aiohttp", (0, 200, 50))), "httpx", "aiohttp", ()
    )
    assert found is not None
    assert sum(row.us_per_request.value for row in found.gap) == pytest.approx(found.gap_us_per_request.value)
    assert sum(row.share_of_gap for row in found.gap) == pytest.approx(1.0)


def test_a_layer_that_only_one_client_has_counts_in_full_with_its_sign() -> None:
    found = compare(
        recording(sampled("httpx", (900, 300, 0)), sampled("aiohttp", (0, 200, 50))), "httpx", "aiohttp", ()
    )
    assert found is not None
    rows = {row.layer: row.us_per_request.value for row in found.gap}
    assert rows[Layer.POOL] == pytest.approx(40 * 902 / 10_000, rel=1e-3)
    assert rows[Layer.TLS] < 0 < rows[Layer.HTTP]


def test_each_row_s_interval_contains_its_value() -> None:
    found = compare(
        recording(sampled("httpx", (900, 300, 0)), sampled("aiohttp", (0, 200, 50))), "httpx", "aiohttp", ()
    )
    assert found is not None
    assert all(row.us_per_request.contains(row.us_per_request.value) for row in found.gap)
    assert found.gap_us_per_request.contains(found.gap_us_per_request.value)


def test_twice_the_cpu_in_every_block_is_slower_and_its_mirror_faster() -> None:
    found = compare(recording(), "httpx", "aiohttp", ())
    assert found is not None
    assert found.effect.verdict is Verdict.SLOWER
    assert found.effect.ratio.value == pytest.approx(2.0, rel=0.01)
    mirrored = compare(recording(ratio=0.5), "httpx", "aiohttp", ())
    assert mirrored is not None
    assert mirrored.effect.verdict is Verdict.FASTER


def test_a_baseline_that_differs_from_itself_allows_no_verdict() -> None:
    found = compare(recording(again=1.2), "httpx", "aiohttp", ())
    assert found is not None
    assert found.effect.verdict is Verdict.NO_VERDICT


def test_without_samples_there_is_no_gap_but_the_ratio_stands() -> None:
    found = compare(recording(sampled("httpx", (900, 300, 0))), "httpx", "aiohttp", ())
    assert found is not None
    assert found.gap == ()
    assert found.effect.ratio.n == 6


def test_without_a_block_that_has_both_there_is_no_comparison() -> None:
    apart = recording_of(control_run(1.0, "httpx", block=0), control_run(1.0, "aiohttp", block=1), baseline="aiohttp")
    assert compare(apart, "httpx", "aiohttp", ()) is None
