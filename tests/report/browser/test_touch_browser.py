"""The pictures under fingers, on a narrow screen that has touch: two zoom, one still scrolls the page, a tap chooses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from clientprof.report.writing.assets import asset
from opened_pages import unexpected, wait_for_pictures, wait_until

pytestmark = pytest.mark.browser

WATERFALL, LOOP, FLAME = "#waterfall-0-canvas", "#loop-0-canvas", "#flame-0-graph"


@pytest.fixture
def page(browser: Browser, sample_page: Path) -> Iterator[Page]:
    """The sample page on a telephone; the test fails if anything went wrong on it."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(f"console: {message.text}"))
    opened.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    opened.goto(sample_page.as_uri())
    wait_for_pictures(opened)
    opened.locator(f"{FLAME} .frame").first.wait_for()
    yield opened
    context.close()
    assert unexpected(troubles) == []


def _fingers(page: Page, *moves: list[tuple[float, float]]) -> None:
    """Touches at the first places, moves through the others, and lets go: each entry has one place per finger."""
    session = page.context.new_cdp_session(page)
    for index, places in enumerate(moves):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        if index == 0:
            # One after the other, as fingers do.
            for down in range(1, len(points) + 1):
                session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:down]})
        else:
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _pinch(page: Page, target: Locator, middle: float, start_px: float, end_px: float) -> None:
    """Two fingers around a share of the target's width, moved from one distance to another in ten steps."""
    target.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = target.bounding_box()
    assert box is not None
    x, y = box["x"] + middle * box["width"], box["y"] + min(box["height"] / 2, 100)
    apart = [start_px + (end_px - start_px) * step / 10 for step in range(11)]
    _fingers(page, *([(x - each / 2, y), (x + each / 2, y)] for each in apart))


def _pixels(page: Page, canvas: str) -> str:
    drawn: str = page.locator(canvas).evaluate("canvas => canvas.toDataURL()")
    return drawn


def _scale(page: Page) -> float:
    zoomed: float = page.evaluate("visualViewport.scale")
    return zoomed


def _focused(page: Page) -> str:
    """The zoomed frame as the address has it; empty where all is shown."""
    found: str = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('flame-0.zoom') ?? ''")
    return found


@pytest.mark.parametrize("picture", [WATERFALL, LOOP])
def test_two_fingers_zoom_time_in_both_pictures_and_out_again(page: Page, picture: str) -> None:
    other = {WATERFALL: LOOP, LOOP: WATERFALL}[picture]
    whole = _pixels(page, other)
    reset = page.locator('[data-waterfall="waterfall-0"] [data-zoom="reset"]')
    _pinch(page, page.locator(picture), 0.5, 60, 180)
    assert reset.is_enabled()
    assert _pixels(page, other) != whole
    assert _scale(page) == 1  # the picture is zoomed, not the page
    _pinch(page, page.locator(picture), 0.5, 260, 30)
    assert reset.is_disabled()


def test_the_moment_between_two_fingers_stays_there(page: Page) -> None:
    loop, readout = page.locator(LOOP), page.locator("#loop-0-moment")
    box = loop.bounding_box()
    assert box is not None
    there = {"x": box["width"] * 0.26, "y": 60.0}
    loop.hover(position=there)
    said = readout.inner_text()
    _pinch(page, loop, 0.26, 40, 160)
    loop.hover(position={"x": box["width"] * 0.9, "y": 60.0})
    assert readout.inner_text() != said
    loop.hover(position=there)
    assert readout.inner_text() == said


def test_two_fingers_zoom_a_flame_graph_in_and_out(page: Page) -> None:
    graph = page.locator(FLAME)
    assert _focused(page) == ""
    _pinch(page, graph, 0.2, 40, 160)
    assert _focused(page) != ""
    assert page.locator(f"{FLAME} .caller").count() > 0
    assert _scale(page) == 1
    _pinch(page, graph, 0.5, 300, 20)
    assert _focused(page) == ""


def test_one_finger_scrolls_the_page_over_every_picture(page: Page) -> None:
    for picture in (FLAME, WATERFALL, LOOP):
        target = page.locator(picture)
        target.evaluate("element => element.scrollIntoView({block: 'center'})")
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + 100, 500.0
        before = page.evaluate("scrollY")
        _fingers(page, *([(x, y - 30 * step)] for step in range(11)))
        wait_until(page, "before => scrollY > before + 100", before)
    assert _focused(page) == ""
    assert page.locator('[data-waterfall="waterfall-0"] [data-zoom="reset"]').is_disabled()


def test_a_tap_zooms_into_a_frame_and_chooses_a_request(page: Page) -> None:
    frame = page.locator(f"{FLAME} .frame").nth(3)
    frame.tap()
    assert _focused(page) != ""
    canvas = page.locator(WATERFALL)
    canvas.scroll_into_view_if_needed()
    said = page.locator("#waterfall-0-request .request-title").inner_text()
    canvas.tap(position={"x": 150, "y": 40})
    assert page.locator("#waterfall-0-request .request-title").inner_text() != said


def test_a_pinch_never_enlarges_a_frame_more_than_the_fingers_did(page: Page) -> None:
    found = page.evaluate(
        """source => {
            const pinched = new Function(source + '; return pinchedNode;')();
            const tree = {parent: [-1, 0, 1, 2], total: [100, 100, 40, 30]};
            return [[0, 3, 1.5], [0, 3, 2.6], [0, 3, 9], [2, 3, 1.3], [3, 3, 0.5], [3, 3, 0.2], [0, 0, 2]]
                .map(([focus, node, factor]) => pinched(tree, focus, node, factor));
        }""",
        asset("flame_layout.js"),
    )
    assert found == [1, 2, 3, 2, 1, 0, 0]
