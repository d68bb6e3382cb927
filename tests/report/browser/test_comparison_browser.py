"""The pages of comparisons and sweeps in Chromium: pointer, keyboard, switch of widths, themes, narrow, without scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.growth.series import GrowthResult
from clientprof.report.pages.comparison_page import render_comparison, render_growth
from hostile_result import poisoned
from opened_pages import check_width, open_page, unexpected
from sample_comparison import sample_comparison_result, sample_growth

pytestmark = pytest.mark.browser

_GRAPH = "#difference-0-graph"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    texts = {"comparison": render_comparison(sample_comparison_result()), "growth": render_growth(sample_growth())}
    hostile, swept = poisoned(sample_comparison_result()), poisoned(sample_growth())
    assert isinstance(hostile, ComparisonResult)
    assert isinstance(swept, GrowthResult)
    texts |= {"hostile": render_comparison(hostile), "hostile-growth": render_growth(swept)}
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def page(browser: Browser, pages: dict[str, Path]) -> Iterator[Page]:
    opened, troubles = open_page(browser, pages["comparison"])
    opened.locator(f"{_GRAPH} .frame").first.wait_for()
    yield opened
    opened.context.close()
    assert unexpected(troubles) == []


def width(page: Page, name: str) -> float:
    box = page.locator(f"{_GRAPH} .frame", has_text=name).first.bounding_box()
    assert box is not None
    return box["width"]


def test_the_switch_changes_the_widths_and_not_the_colours(page: Page) -> None:
    pool = page.locator(f"{_GRAPH} .frame[aria-level='2']", has_text="pool").first
    tone = pool.get_attribute("data-tone")
    before = width(page, "pool")
    page.locator("[data-width='baseline']").click()
    after = page.locator(f"{_GRAPH} .frame[aria-label^='pool, ']").bounding_box()
    assert after is not None
    assert after["width"] < before / 3
    assert page.locator(f"{_GRAPH} .frame[aria-label^='pool, ']").get_attribute("data-tone") == tone
    assert page.locator("[data-width='baseline']").get_attribute("aria-pressed") == "true"
    assert "Width is the cost in aiohttp 3.14.5" in page.locator(".readout").inner_text()


def test_layers_that_differ_are_coloured_and_the_others_are_grey(page: Page) -> None:
    tones = dict(
        page.eval_on_selector_all(
            f"{_GRAPH} .frame[aria-level='2']",
            "frames => frames.map(frame => [frame.getAttribute('aria-label').split(',')[0], frame.dataset.tone])",
        )
    )
    assert tones["pool"] == "6"
    assert tones["import"] == "6"
    assert tones["app"] == "3"


def test_keyboard_moves_zooms_and_resets_and_says_both_arms_and_the_difference(page: Page) -> None:
    page.locator(f"{_GRAPH} [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == (
        "pool, httpx 0.28.1: 562.4 µs per request, aiohttp 3.14.5: 4.7 µs per request, difference: +557.7 µs per request"
    )
    page.keyboard.press("Enter")
    assert "Zoomed into pool: difference: +557.7 µs per request." in page.locator(".readout").inner_text()
    assert width(page, "pool") > 1000
    page.keyboard.press("Escape")
    assert page.locator(".readout").inner_text() == "Everything is shown."


def test_search_and_pointer_find_a_frame_and_say_on_which_side_it_is(page: Page) -> None:
    page.fill("#difference-0-search", "_assign_requests_to")
    assert page.locator(f"{_GRAPH} .hit").count() == 1
    page.locator(f"{_GRAPH} .hit").hover()
    tip = page.locator(".tip").inner_text()
    assert "only in httpx 0.28.1" in tip
    assert "connection_pool.py:270" in tip
    page.fill("#difference-0-search", "(")
    assert page.locator("#difference-0-matches").inner_text() == "not a valid pattern"


@pytest.mark.parametrize("name", ["comparison", "growth"])
def test_both_themes_differ_and_raise_no_trouble(browser: Browser, pages: dict[str, Path], name: str) -> None:
    papers = set()
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        opened, troubles = open_page(browser, pages[name], theme=theme)
        papers.add(opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.context.close()
        assert unexpected(troubles) == []
    assert len(papers) == 2


@pytest.mark.parametrize("name", ["comparison", "growth", "hostile", "hostile-growth"])
@pytest.mark.parametrize("size", [360, 768, 3840])
def test_pages_never_scroll_sideways_and_run_no_foreign_script(
    browser: Browser, pages: dict[str, Path], name: str, size: int
) -> None:
    check_width(browser, pages[name], size)


def test_pages_are_readable_without_scripts(browser: Browser, pages: dict[str, Path]) -> None:
    opened, _ = open_page(browser, pages["comparison"], scripts=False)
    assert "The picture needs JavaScript" in opened.locator("main").inner_text()
    assert not opened.locator("#difference-0-search").is_visible()
    opened.context.close()
    opened, _ = open_page(browser, pages["growth"], scripts=False)
    assert opened.locator("svg polyline").count() > 3
    opened.context.close()


def test_on_a_narrow_screen_no_row_is_tall_for_text_out_of_sight(browser: Browser, pages: dict[str, Path]) -> None:
    opened, _ = open_page(browser, pages["comparison"], (360, 800))
    heights = "rows => rows.map(row => row.getBoundingClientRect().height)"
    layers = opened.locator("#gap .gap tbody tr:has(.chip)").evaluate_all(heights)
    verdicts = opened.locator("[aria-label='Ratios'] tbody tr").evaluate_all(heights)
    opened.context.close()
    assert layers
    assert max(layers) < 45  # one line, whatever its last column says
    assert verdicts
    assert max(verdicts) < 110


def test_letters_of_a_chart_can_be_read_on_a_narrow_screen(browser: Browser, pages: dict[str, Path]) -> None:
    opened, _ = open_page(browser, pages["growth"], (360, 800))
    heights = opened.locator(".chart text").evaluate_all(
        "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"
    )
    right = opened.locator(".chart text").evaluate_all(
        "texts => Math.max(...texts.map(text => text.getBoundingClientRect().right))"
    )
    opened.context.close()
    assert heights
    assert min(heights) > 8.5
    assert right <= 360
