"""A sweep's page, text and JSON: charts with intervals, suspects, and the same in tables."""

import io
import itertools
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from clientprof.model.growth.series import GrowthResult, Series
from clientprof.report.exporters.summaries.growth_summary import to_growth_summary
from clientprof.report.growth.growth_chart import growth_chart
from clientprof.report.growth.growth_wording import suspects_sentence
from clientprof.report.pages.comparison_page import render_growth
from clientprof.report.terminal import print_growth
from hostile_result import PAYLOAD, poisoned
from sample_comparison import sample_growth, series


def printed(result: GrowthResult) -> str:
    stream = io.StringIO()
    print_growth(result, Console(file=stream, width=100, color_system=None))
    return stream.getvalue()


PARTS = [
    sample_growth(),
    replace(sample_growth(), layers=(), functions=()),
    replace(sample_growth(), crossings=(), retentions=(), notices=(), latencies=()),
    replace(sample_growth(), complete=False, totals=()),
    replace(sample_growth(), n=(16,), totals=(replace(series("httpx", 9.0, 0.1), slope=None),)),
]


@pytest.mark.parametrize("result", PARTS)
def test_whole_and_partial_sweeps_render_everywhere(result: GrowthResult) -> None:
    page = render_growth(result)
    assert page.startswith("<!doctype html>")
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert printed(result)
    json.dumps(to_growth_summary(result), allow_nan=False)


def test_the_page_names_suspects_retention_and_crossing() -> None:
    page = render_growth(sample_growth())
    assert "httpx 0.28.1 has 2 scaling suspects" in page
    assert "slope 0.84 [0.79, 0.89]" in page
    assert "aiohttp 3.14.5 has no scaling suspect" in page
    assert "keeps 0.31x [0.30, 0.32] of its throughput from c16 (2,100 requests/s) to c1024 (651 requests/s)" in page
    assert "httpx is cheaper below n = 140 [137, 143], aiohttp above" in page
    assert len(page.encode()) < 500_000


def test_a_chart_has_a_line_per_client_an_interval_per_point_and_its_name_at_the_end() -> None:
    drawn = growth_chart("CPU", "us", sample_growth().totals, (0, 1))
    assert drawn is not None
    assert drawn.count("<polyline") == 2
    assert drawn.count('class="reach"') == 8
    assert drawn.count('class="name"') == 2
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', drawn)]
    assert heights[0] > heights[3]  # httpx rises: up is a smaller y
    assert all(0 <= y <= 300 for y in heights)


def test_names_at_the_ends_of_lines_never_cover_one_another() -> None:
    rows = tuple(series(f"client{n}", 100.0 + n, 0.1) for n in range(4))
    drawn = growth_chart("CPU", "us", rows, (0, 1, 2, 3))
    places = [float(y) for y in re.findall(r'y="([\d.]+)" class="name"', str(drawn))]
    assert len(places) == 4
    assert all(below - above >= 13.9 for above, below in itertools.pairwise(places))


def test_nothing_to_draw_is_no_chart() -> None:
    unseen = sample_growth().functions[1]
    assert growth_chart("x", "us", (replace(unseen, points=unseen.points[:3]),), (0,)) is None


def test_the_terminal_lists_suspects_with_their_slopes() -> None:
    text = printed(sample_growth())
    assert "Scaling suspects" in text
    assert re.search(r"httpx +0.84 \[0.79, 0.89\] +12.0 .* pool ", text)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100


def test_the_summary_holds_every_series_with_its_slope() -> None:
    summary = json.loads(json.dumps(to_growth_summary(sample_growth())))
    growth = summary["growth"]
    assert [row["n"] for row in growth["totals"][0]["points"]] == [16, 64, 256, 1024]
    assert growth["functions"][0]["suspect"]
    assert growth["functions"][0]["slope"]["value"] == 0.84
    assert growth["retention"][0]["ratio"]["value"] == 0.31


def test_a_hostile_sweep_is_escaped() -> None:
    hostile = poisoned(sample_growth())
    assert isinstance(hostile, GrowthResult)
    page = render_growth(hostile)
    assert PAYLOAD not in page
    assert "<img" not in page
    assert "<svg onload" not in page
    assert "\x1b[31m" not in printed(hostile)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((16, 64), "was not tested for scaling suspects: a slope needs 3 values of n (-n) or more, and it has 2"),
        ((16, 64, 256, 1024), "has no scaling suspect"),
    ],
)
def test_no_suspect_is_said_only_of_a_client_whose_slopes_are_known(numbers: tuple[int, ...], said: str) -> None:
    whole = sample_growth()

    def at(rows: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(
            replace(
                row,
                points=tuple(point for point in row.points if point.n in numbers),
                slope=row.slope if len(numbers) > 2 else None,
                suspect=False,
            )
            for row in rows
        )

    result = replace(whole, n=numbers, totals=at(whole.totals), layers=at(whole.layers), functions=at(whole.functions))
    assert [said in sentence for sentence in suspects_sentence(result).split("; ")] == [True, True]
