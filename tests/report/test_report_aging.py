"""The page's view of a client's age: what it costs at first and at last, its slope, and the functions that grow."""

import re
from dataclasses import replace

from clientprof.model.results import TraceResult
from clientprof.report.growth.aging_section import aging_section
from clientprof.report.pages.trace_page import render
from sample_aging import REQUESTS
from sample_result import sample_result


def shown(result: TraceResult) -> str:
    section = aging_section(result)
    assert section is not None
    return section.replace("\u00a0", " ")


def of_age(**changes: object) -> TraceResult:
    """The sample with a client that is changed so."""
    result = sample_result()
    return replace(result, clients=(replace(result.clients[0], **changes), *result.clients[1:]))  # type: ignore[arg-type]


def test_the_cost_at_first_and_at_last_the_slope_with_its_interval_and_that_of_handshakes_are_shown() -> None:
    page = shown(sample_result())
    for figure in ("15,840", "103.0", "148.0", "0.11 [0.09, 0.13]", "0.02 [-0.01, 0.05]"):
        assert figure in page, figure
    assert REQUESTS[-1] == 15_840


def test_fifty_rounds_are_drawn_as_ten_parts_whose_mean_is_the_mean_of_all() -> None:
    page = shown(sample_result())
    assert page.count('class="dot"') == 10
    assert "requests made before; µs of CPU per request" in page
    assert "requests at once" not in page


def test_numbers_below_the_chart_do_not_cover_one_another_and_the_page_has_the_styles_of_charts() -> None:
    ticks = [int(n) for n in re.findall(r'text-anchor="middle"[^>]*>(\d+)<', shown(sample_result()))]
    assert ticks == [1_000, 2_000, 5_000, 10_000]
    assert ".chart .line" in render(sample_result())


def test_a_function_that_grows_is_in_sight_with_its_slope_and_is_folded_where_none_does() -> None:
    page = shown(sample_result())
    assert "0.98 [0.91, 1.05]" in page
    assert "<details" not in page
    sound = tuple(replace(row, grows=False) for row in sample_result().clients[0].aging)
    assert "<details" in shown(of_age(aging=sound))


def test_there_is_none_without_a_slope_and_none_beside_the_story_of_a_scenario_where_nothing_grows() -> None:
    assert aging_section(of_age(aging=())) is None
    sound = tuple(replace(row, grows=False) for row in sample_result().clients[0].aging)
    assert aging_section(replace(of_age(aging=sound), story=None)) is None
    assert aging_section(replace(sample_result(), story=None)) is not None
