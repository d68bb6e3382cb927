"""The page in Chromium: pictures work by pointer and keyboard, in both themes, narrow, offline, and under attack."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from clientprof.report.pages.trace_page import render
from clientprof.report.writing.assets import asset
from hostile_result import hostile_result
from opened_pages import open_page, unexpected, wait_until
from sample_result import sample_result

pytestmark = pytest.mark.browser


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page, for the parts of the scripts that need no screen."""
    opened = browser.new_page()
    yield opened
    opened.close()


def test_waterfall_reads_requests_by_keyboard_and_sorts_by_total(page: Page) -> None:
    canvas = page.locator("#waterfall-0-canvas")
    canvas.focus()
    page.keyboard.press("Home")
    assert page.locator("#waterfall-0-request").inner_text().startswith("Request 0 on connection 0")
    page.keyboard.press("ArrowDown")
    assert (canvas.get_attribute("aria-valuetext") or "").startswith("Request 1 on connection 1")
    page.select_option("#waterfall-0-order", "total")
    page.keyboard.press("Tab")
    canvas.focus()
    page.keyboard.press("Home")
    assert not (canvas.get_attribute("aria-valuetext") or "").startswith("Request 0 ")
    page.check("#waterfall-0-same")


def test_waterfall_zooms_and_moves_in_time_by_keyboard_wheel_button_and_drag(page: Page) -> None:
    canvas = page.locator("#waterfall-0-canvas")
    reset = page.locator('[data-waterfall="waterfall-0"] [data-zoom="reset"]')
    canvas.focus()
    page.keyboard.press("Home")
    whole = _pixels(page)
    assert reset.is_disabled()
    page.keyboard.press("+")
    nearer = _pixels(page)
    page.keyboard.press("ArrowRight")
    moved = _pixels(page)
    assert len({whole, nearer, moved}) == 3
    assert (canvas.get_attribute("aria-valuenow")) == "1"
    page.keyboard.press("Escape")
    assert _pixels(page) == whole
    page.locator('[data-waterfall="waterfall-0"] [data-zoom="in"]').click()
    assert _pixels(page) == nearer
    canvas.press("Home")  # pins the first request, so that what changes is the time in view
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200, steps=3)
    page.mouse.up()
    assert _pixels(page) not in (whole, nearer)
    reset.click()
    assert _pixels(page) == whole
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    reset.wait_for()
    wait_until(page, "!document.querySelector('[data-zoom=reset]').disabled")
    reset.click()


def test_zoom_keeps_its_moment_in_place_and_never_leaves_the_round(blank: Page) -> None:
    views = blank.evaluate(
        """source => {
            const [zoom, hold] = new Function(source + '; return [zoomedView, heldInside];')();
            const whole = {start: 0, span: 1000};
            return [zoom(whole, 2, 250, 1000), zoom({start: 400, span: 500}, 0.1, 500, 1000),
                    hold({start: 900, span: 500}, 1000), zoom(whole, 1e6, 500, 1000).span];
        }""",
        asset("time_axis.js"),
    )
    assert views == [{"start": 125, "span": 500}, {"start": 0, "span": 1000}, {"start": 500, "span": 500}, 100]


def _pixels(page: Page) -> str:
    drawn: str = page.evaluate("document.getElementById('waterfall-0-canvas').toDataURL()")
    return drawn


def test_both_themes_differ_in_paper_and_save_screenshots(browser: Browser, sample_page: Path, tmp_path: Path) -> None:
    papers = set()
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        opened, troubles = open_page(browser, sample_page, theme=theme)
        papers.add(opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.screenshot(path=tmp_path / f"{theme}.png")
        assert (tmp_path / f"{theme}.png").stat().st_size > 10_000
        assert unexpected(troubles) == []
        opened.context.close()
    assert len(papers) == 2


@pytest.mark.parametrize("width", [360, 768, 3840])
def test_page_never_scrolls_sideways(browser: Browser, sample_page: Path, tmp_path: Path, width: int) -> None:
    opened, _ = open_page(browser, sample_page, (width, 900))
    opened.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.screenshot(path=tmp_path / f"{width}.png")
    opened.context.close()


def test_page_is_readable_without_scripts(browser: Browser, sample_page: Path) -> None:
    opened, _ = open_page(browser, sample_page, scripts=False)
    text = opened.locator("main").inner_text()
    assert "22.3x" in text
    assert "The picture needs JavaScript" in text
    assert not opened.locator("#flame-0-search").is_visible()
    opened.context.close()


def test_print_opens_every_folded_table(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_hostile_result_runs_no_script_even_without_the_policy(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(render(hostile_result()), encoding="utf-8")
    opened, troubles = open_page(browser, file, (360, 900), without_policy=True)
    opened.locator("#flame-0-graph .frame").nth(5).hover()
    opened.locator("#flame-0-graph .frame").nth(5).click()
    opened.locator("#flame-0-graph .frame").nth(5).press("h")
    opened.locator('[data-flame="flame-0"] [data-action="reset"]').click()
    opened.fill("#flame-0-search", "current_async_library")
    opened.locator("#flame-0-search").press("Enter")
    source = opened.locator('[data-flame="flame-0"] .chosen-source a')
    assert source.evaluate("link => link.origin") == "https://github.com"
    opened.locator("#waterfall-0-canvas").press("End")
    assert opened.evaluate("window.hacked") is None
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    assert opened.locator("img, svg").count() == render(sample_result()).count("<svg")
    assert unexpected(troubles) == []
    opened.context.close()
