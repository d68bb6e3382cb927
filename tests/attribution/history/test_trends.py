"""Trends: what may stand in one, in which order, and what a change says."""

from dataclasses import replace

import pytest

from clientprof.attribution.history.trends import trends_of, version_order
from clientprof.model.estimate import Estimate
from clientprof.model.history import By, HistoryResult, Observation

FIRST = Observation(
    "r0", "2026-01-01T00:00:00", "here", "3.11.7", "c256/1k", "httpx2", "2.0.0",
    Estimate(100.0, 95.0, 105.0, "us", 3), Estimate(10.0, 9.5, 10.5, "x", 3), "aiohttp 3.14.5", {"pool": 60.0, "io": 40.0},
)  # fmt: skip


def observed(number: int, version: str, us: float, **changes: object) -> Observation:
    """The client at the version, with that cost, in a recording of its own."""
    costs = {"cpu_us": Estimate(us, us - 5, us + 5, "us", 3), "ratio": Estimate(us / 10, None, None, "x", 3)}
    made = replace(FIRST, recording=f"r{number}", version=version, layers_us={"pool": us - 40, "io": 40.0}, **costs)  # type: ignore[arg-type]
    return replace(made, **changes)  # type: ignore[arg-type]


def stepping(**changes: object) -> list[Observation]:
    """Ten versions, three recordings each: 100 us until 2.4, 60 us from 2.5 on."""
    return [
        observed(3 * version + again, f"2.{version}.0", (60.0 if version >= 5 else 100.0) + 0.1 * again, **changes)
        for again in range(3)
        for version in range(10)
    ]


def shown(rows: list[Observation], by: By = By.VERSION) -> HistoryResult:
    return trends_of(rows, (), by, "now")


def test_a_change_is_named_by_its_versions_with_its_layers() -> None:
    (trend,) = shown(stepping()).trends
    (change,) = trend.changes
    assert (change.before, change.after) == ("2.4.0", "2.5.0")
    assert change.ratio.value == pytest.approx(0.6, rel=0.01)
    assert list(change.layers_us) == ["pool", "io"]
    assert change.layers_us["pool"] == pytest.approx(-40.0)
    assert [point.recordings for point in trend.points] == [3] * 10


def test_machines_never_stand_in_one_trend() -> None:
    rows = [replace(row, machine="there" if int(row.version.split(".")[1]) >= 5 else "here") for row in stepping()]
    found = shown(rows)
    assert {(trend.machine, len(trend.points)) for trend in found.trends} == {("here", 5), ("there", 5)}
    assert [trend.changes for trend in found.trends] == [(), ()]


@pytest.mark.parametrize("changed", [{"load": "c16/1k"}, {"python": "3.14.0"}, {"client": "httpx2+sniffio"}])
def test_other_loads_pythons_and_variants_are_other_trends(changed: dict[str, str]) -> None:
    assert len(shown([*stepping(), *stepping(**changed)]).trends) == 2


def test_ratios_are_used_where_all_have_the_same_baseline_of_another_package() -> None:
    (trend,) = shown(stepping()).trends
    assert (trend.unit, trend.against, trend.points[0].value.value) == (
        "x",
        "aiohttp 3.14.5",
        pytest.approx(10, rel=0.01),
    )
    (own,) = shown(stepping(baseline="httpx2 2.0.0")).trends
    assert (own.unit, own.against, own.points[0].value.value) == ("us", None, pytest.approx(100, rel=0.01))
    mixed = stepping()
    mixed[0] = replace(mixed[0], baseline="aiohttp 3.13.0")
    assert shown(mixed).trends[0].unit == "us"


def test_versions_are_ordered_as_releases_and_days_as_time() -> None:
    wanted = ["2.0rc1", "2.0", "2.0.post1", "2.9.1", "2.10.0"]
    assert sorted(sorted(wanted), key=version_order) == wanted
    days = [replace(observed(n, "2.0.0", 100.0), created=f"2026-01-{9 - n:02}T00:00:00") for n in range(4)]
    (trend,) = shown(days, By.DATE).trends
    assert [point.label for point in trend.points] == sorted(row.created for row in days)


def test_one_position_is_no_trend_and_is_counted() -> None:
    found = shown([observed(1, "2.0.0", 100.0), observed(2, "2.0.0", 101.0)])
    assert (found.trends, found.single) == ((), 1)


def test_the_rate_of_false_changes_is_shared_among_trends() -> None:
    # Ten observations of two values: alone it is proven at 5 in 100, among forty trends it is not.
    step = [observed(n, f"2.{n}.0", 100.0 + (20.0 if n >= 5 else 0.0)) for n in range(10)]
    crowd = [replace(row, load=f"load {number}") for number in range(40) for row in step]
    assert len(shown(step).trends[0].changes) == 1
    assert not any(trend.changes for trend in shown(crowd).trends)
