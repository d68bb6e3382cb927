"""A sweep flags what grows and matters, and nothing else; clients cross where they do; throughput is held or not."""

import pytest

from arms import again, arm_runs
from clientprof.attribution.sweep_result import growth_result
from clientprof.model.growth.series import GrowthResult, Subject
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from recordings import recording_of

NS = (16, 64, 256, 1024)


def recording_at(n: int) -> Recording:
    """httpx's pool walk grows with the root of n, its rest and aiohttp's costs do not; tls appears only at the top."""
    growing = (10.0, 5.0 * (n / 16) ** 0.75, 30.0, 3.0 if n == 1024 else 0.0)
    flat = (20.0, 40.0, 60.0, 0.0)
    return recording_of(
        *arm_runs("aiohttp", flat, seed=n),
        *again("aiohttp", flat),
        *arm_runs("httpx", growing, seed=n + 1),
        baseline="aiohttp",
    )


@pytest.fixture(scope="module")
def result() -> GrowthResult:
    return growth_result({n: recording_at(n) for n in NS})


def test_the_layer_and_the_function_that_grow_are_suspects_and_nothing_else(result: GrowthResult) -> None:
    found = {(row.client, row.title) for row in result.suspects}
    assert found == {("httpx", "pool"), ("httpx", "x.pool.Pool.walk")}
    walk = next(row for row in result.functions if row.title == "x.pool.Pool.walk" and row.client == "httpx")
    assert walk.slope is not None
    assert walk.slope.value == pytest.approx(0.75, abs=0.08)
    assert walk.slope.contains(0.75)


def test_growth_that_costs_next_to_nothing_is_no_suspect() -> None:
    def at(n: int) -> Recording:
        return recording_of(*arm_runs("httpx", (900.0, 0.5 * (n / 16) ** 0.75, 600.0, 5.0), seed=n))

    found = growth_result({n: at(n) for n in NS})
    assert found.suspects == ()
    assert found.material_us["httpx"] == pytest.approx(0.02 * 1505, rel=0.05)


def test_totals_and_latencies_have_a_point_with_an_interval_at_every_n(result: GrowthResult) -> None:
    for series in (*result.totals, *result.latencies):
        assert [point.n for point in series.points] == list(NS)
        assert all(point.cost.contains(point.cost.value) for point in series.points)
        assert series.slope is not None


def test_a_cost_not_seen_at_some_n_is_shown_as_nothing_there(result: GrowthResult) -> None:
    grab = next(row for row in result.functions if row.title == "x.tls.grab" and row.client == "httpx")
    assert [point.cost.value > 0 for point in grab.points] == [False, False, False, True]
    assert grab.points[0].cost.low is None


def test_clients_cross_where_their_cost_lines_do(result: GrowthResult) -> None:
    crossing = next(row for row in result.crossings if row.subject is Subject.TOTAL)
    assert crossing.at is not None
    # 40 + 5 (n/16)^0.75 = 120 at n = 645; straight lines between 256 and 1024 in log-log come close.
    assert crossing.at.value == pytest.approx(645, rel=0.15)
    assert (crossing.below, crossing.above) == ("httpx", "aiohttp")


def test_retention_is_throughput_at_the_largest_over_the_smallest_n(result: GrowthResult) -> None:
    rows = {row.client: row for row in result.retentions}
    assert (rows["httpx"].small_n, rows["httpx"].large_n) == (16, 1024)
    assert rows["aiohttp"].ratio.contains(1.0)
    # A control run's wall is its CPU here: 45 us at 16, 157 + 3 at 1024.
    assert rows["httpx"].ratio.value == pytest.approx(45 / 156, rel=0.05)


def test_retention_takes_16_and_512_where_both_were_measured() -> None:
    found = growth_result({n: recording_at(n) for n in (8, 16, 512, 1024)})
    assert {(row.small_n, row.large_n) for row in found.retentions} == {(16, 512)}


def test_two_n_give_no_slope_and_no_suspect() -> None:
    found = growth_result({n: recording_at(n) for n in (16, 1024)})
    assert {row.slope for row in (*found.totals, *found.layers)} == {None}
    assert found.suspects == ()


def test_a_sweep_without_samples_has_totals_only() -> None:
    bare = {
        n: Recording((r := recording_at(n)).manifest, tuple(x for x in r.runs if x.facts.lens == "control")) for n in NS
    }
    found = growth_result(bare)
    assert (found.layers, found.functions) == ((), ())
    assert len(found.totals) == 2


def test_no_recording_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        growth_result({})


def test_layers_keep_canonical_names(result: GrowthResult) -> None:
    assert {row.layer for row in result.layers} <= set(Layer)
