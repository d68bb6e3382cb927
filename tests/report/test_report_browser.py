"""The page in Chromium: pictures work by pointer and keyboard, in both themes, narrow, offline, and under attack."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from clientprof.report.page import render
from hostile_result import hostile_result
from opened_pages import asset, open_page, unexpected

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, sample_page: Path) -> Iterator[Page]:
    """The sample page at 1440 pixels; the test fails if anything went wrong on it."""
    opened, troubles = open_page(browser, sample_page)
    opened.locator("#flame-0-graph .frame").first.wait_for()
    yield opened
    opened.context.close()
    assert unexpected(troubles) == []


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page, for the parts of the scripts that need no screen."""
    opened = browser.new_page()
    yield opened
    opened.close()


def _frames(page: Page) -> int:
    return page.locator("#flame-0-graph .frame").count()


def test_click_zooms_and_reset_shows_everything_again(page: Page) -> None:
    before = _frames(page)
    frame = page.locator("#flame-0-graph .frame", has_text="current_async_library")
    narrow = frame.bounding_box()
    frame.click()
    wide = page.locator("#flame-0-graph .frame", has_text="current_async_library").bounding_box()
    assert narrow is not None
    assert wide is not None
    assert wide["width"] > 3 * narrow["width"]
    page.locator('[data-flame="flame-0"] [data-action="reset"]').click()
    assert _frames(page) == before


def test_search_marks_matches_and_states_their_share(page: Page) -> None:
    page.fill("#flame-0-search", "_assign_requests|AsyncLock")
    assert page.locator("#flame-0-graph .hit").count() == 2
    assert "2 frames match, 23.5 % of CPU" in page.locator("#flame-0-matches").inner_text()
    page.fill("#flame-0-search", "layer:pool")
    assert page.locator("#flame-0-graph .hit").count() > 3
    page.fill("#flame-0-search", "(")
    assert page.locator("#flame-0-matches").inner_text() == "not a valid pattern"


def test_keyboard_moves_zooms_and_resets(page: Page) -> None:
    page.locator("#flame-0-graph [tabindex='0']").focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("httpx._client.AsyncClient.get, httpx/_client.py:1739, ")
    assert "us per request" in label
    assert "layer api" in label
    page.keyboard.press("Enter")
    assert "Zoomed into httpx._client.AsyncClient.get" in page.locator('[data-flame="flame-0"] .readout').inner_text()
    page.keyboard.press("Escape")
    assert page.locator('[data-flame="flame-0"] .readout').inner_text() == "Everything is shown."


def test_flip_puts_the_root_at_the_bottom(page: Page) -> None:
    root = page.locator("#flame-0-graph [data-node='0']")
    top = root.evaluate("frame => frame.offsetTop")
    page.locator('[data-flame="flame-0"] [data-action="flip"]').click()
    assert top == 0
    assert root.evaluate("frame => frame.offsetTop") > 100


def test_layer_key_states_what_the_layer_owns(page: Page) -> None:
    page.locator('[data-flame="flame-0"] [data-layer="pool"]').click()
    assert page.locator("#flame-0-matches").inner_text() == "pool owns 36.5 % of CPU"


def test_pointer_on_a_frame_shows_name_place_cost_share_and_layer(page: Page) -> None:
    page.locator("#flame-0-graph .frame", has_text="current_async_library").hover()
    tip = page.locator('[data-flame="flame-0"] .tip').inner_text()
    for part in (
        "httpcore._synchronization.current_async_library",
        "_synchronization.py:28",
        "us per request",
        "%",
        "layer import",
    ):
        assert part in tip


def test_layout_gives_children_the_width_of_their_weight(blank: Page) -> None:
    widths = blank.evaluate(
        """source => {
            const layout = new Function(source + '; return layoutFrames;')();
            const tree = {parent: [-1, 0, 0], children: [[1, 2], [], []], depth: [0, 1, 1], total: [10, 6, 3]};
            return layout(tree, 0, 0.001).map(frame => [frame.node, frame.left, frame.width.toFixed(3)]);
        }""",
        asset("flamegraph.js"),
    )
    assert widths == [[0, 0, "1.000"], [1, 0, "0.600"], [2, pytest.approx(0.6), "0.300"]]


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
    page.wait_for_function("!document.querySelector('[data-zoom=reset]').disabled")
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
    opened.locator("#waterfall-0-canvas").press("End")
    assert opened.evaluate("window.hacked") is None
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    assert opened.locator("img, svg").count() == 0
    assert unexpected(troubles) == []
    opened.context.close()
