"""Waterfall and loop over time in Chromium: every request reachable by key and pointer, one time axis for both."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from clientprof.model.results import TraceResult
from clientprof.report.pages.trace_page import render
from clientprof.report.writing.assets import asset
from clientprof.report.writing.packed_numbers import packed_numbers
from hostile_result import hostile_result
from opened_pages import open_page, unexpected
from sample_ledger import HTTPX_PACE, sample_ledger
from sample_result import HTTPX_LAYERS_US, sample_result

pytestmark = pytest.mark.browser

WATERFALL, LOOP = "#waterfall-0-canvas", "#loop-0-canvas"


def _pixels(page: Page, canvas: str) -> str:
    drawn: str = page.locator(canvas).evaluate("canvas => canvas.toDataURL()")
    return drawn


def _said(page: Page, canvas: str) -> str:
    return page.locator(canvas).get_attribute("aria-valuetext") or ""


def _place(canvas: Locator, x: float, y: float) -> tuple[float, float]:
    """A place on the page, from shares of the canvas."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def _rows(page: Page) -> dict[str, list[float]]:
    """The table of the chosen request: start, wall time and states in milliseconds, by phase."""
    found: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll("#waterfall-0-request tbody tr")]
            .map(row => [...row.cells].map(cell => cell.textContent))"""
    )
    return {row[0]: [_milliseconds(text) for text in row[1:]] for row in found}


def _milliseconds(text: str) -> float:
    return float(text.removesuffix(" ms").replace(",", "").replace("<", ""))


def test_numbers_packed_in_python_are_the_script_s_numbers(page: Page) -> None:
    values = [0, 1, 31, 32, 1023, 1024, 123_456_789, 2**40]
    read = page.evaluate(
        "([source, text]) => new Function(source + '; return unpackNumbers;')()(text)",
        [asset("numbers.js"), packed_numbers(values)],
    )
    assert read == values


def test_enter_opens_the_chosen_request_with_states_that_add_up_to_its_wall_time(page: Page) -> None:
    canvas = page.locator(WATERFALL)
    canvas.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "waterfall-0-request"
    rows = _rows(page)
    line = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US).timelines[-1]
    assert list(rows) == [*dict.fromkeys(str(span.phase) for span in line.spans), "all"]
    for start, wall, *states in rows.values():
        assert start >= 0
        assert sum(states) == pytest.approx(wall, abs=0.021)
    assert rows["all"][1] == pytest.approx((line.end_us - line.start_us) / 1000, abs=0.011)
    assert rows["pool"][1] == pytest.approx(line.spans[1].wall_us / 1000, abs=0.011)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "waterfall-0-canvas"


def test_the_chosen_request_says_who_held_the_loop_while_it_was_ready(page: Page) -> None:
    page.locator(WATERFALL).press("Home")
    blame = page.locator("#waterfall-0-request .request-blame")
    assert blame.inner_text().startswith("While it was ready, the loop was held by")
    names = [text.split()[0] for text in blame.locator("li").all_inner_texts()]
    assert names[:3] == ["pool", "import", "concurrency"]
    line = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US).timelines[0]
    shown = sum(float(text.split()[1].replace("<", "")) for text in blame.locator("li").all_inner_texts())
    assert shown == pytest.approx((line.ready_us or 0) / 1000, abs=0.1)


@pytest.mark.parametrize("order", ["total", "state:ready", "phase:loop", "phase:pool"])
def test_ordering_puts_the_longest_first(page: Page, order: str) -> None:
    lines = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US).timelines
    page.select_option("#waterfall-0-order", order)
    page.locator(WATERFALL).press("Home")
    first = int(_said(page, WATERFALL).split()[1])

    def length(number: int) -> int:
        kind, _, of = order.partition(":")
        line = next(line for line in lines if line.exchange == number)
        if kind == "phase":
            return sum(span.wall_us for span in line.spans if span.phase == of)
        return (line.ready_us or 0) if kind == "state" else line.end_us - line.start_us

    assert length(first) >= max(length(line.exchange) for line in lines) - 150  # packed in steps of 10 us a phase


def test_a_click_keeps_a_request_and_another_on_it_lets_it_go(page: Page) -> None:
    canvas = page.locator(WATERFALL)
    page.mouse.move(*_place(canvas, 0.5, 0.5))
    page.mouse.click(*_place(canvas, 0.5, 0.5))
    kept = _said(page, WATERFALL)
    page.mouse.move(*_place(canvas, 0.5, 0.9))
    assert _said(page, WATERFALL) == kept
    page.mouse.click(*_place(canvas, 0.5, 0.9))
    other = _said(page, WATERFALL)
    assert other != kept
    page.mouse.click(*_place(canvas, 0.5, 0.9))
    page.mouse.move(*_place(canvas, 0.5, 0.3))
    assert _said(page, WATERFALL) != other


def test_dragging_over_a_stretch_zooms_both_pictures_to_it(page: Page) -> None:
    canvas = page.locator(WATERFALL)
    before = _pixels(page, LOOP)
    page.mouse.move(*_place(canvas, 0.2, 0.5))
    page.mouse.down()
    page.mouse.move(*_place(canvas, 0.45, 0.5), steps=4)
    page.mouse.up()
    reset = page.locator('[data-loop="loop-0"] [data-zoom="reset"]')
    assert reset.is_enabled()
    assert _pixels(page, LOOP) != before
    reset.click()
    assert page.locator('[data-waterfall="waterfall-0"] [data-zoom="reset"]').is_disabled()
    page.locator('[data-waterfall="waterfall-1"] [data-zoom="in"]').click()
    assert reset.is_disabled()  # the other client has a time of its own


def test_a_drag_of_a_few_pixels_is_no_zoom(page: Page) -> None:
    x, y = _place(page.locator(WATERFALL), 0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y)
    page.mouse.up()
    assert page.locator('[data-waterfall="waterfall-0"] [data-zoom="reset"]').is_disabled()


def test_the_loop_is_read_part_by_part_with_keys(page: Page) -> None:
    page.locator(LOOP).press("Home")
    first = _said(page, LOOP)
    assert first.startswith("From 0.00 ms to ")
    for part in ("loop busy, by layer: pool ", "queue of the loop: callbacks ready to run 12.5", "in flight", "idle"):
        assert part in first
    assert page.locator("#loop-0-moment").inner_text() == first
    page.keyboard.press("ArrowRight")
    assert page.locator(LOOP).get_attribute("aria-valuenow") == "2"
    page.keyboard.press("End")
    assert (
        page.locator(LOOP).get_attribute("aria-valuenow") == page.locator(LOOP).get_attribute("aria-valuemax") == "60"
    )
    pixels = _pixels(page, LOOP)
    page.keyboard.press("+")
    assert _pixels(page, LOOP) != pixels
    page.keyboard.press("Home")  # what the keys choose comes into view
    assert _said(page, LOOP) == first
    page.keyboard.press("0")
    page.keyboard.press("End")
    assert _pixels(page, LOOP) == pixels


def test_the_request_chosen_in_the_waterfall_is_marked_in_the_loop_s_picture(page: Page) -> None:
    page.locator(WATERFALL).press("Home")
    marked = _pixels(page, LOOP)
    page.keyboard.press("End")
    assert _pixels(page, LOOP) != marked


def test_the_loop_s_values_are_python_s(page: Page) -> None:
    ledger = sample_result().clients[0].ledger
    assert ledger is not None
    assert ledger.over_time is not None
    bins = ledger.over_time.fine
    part = len(bins.in_flight) // 2
    page.locator(LOOP).press("Home")
    for _ in range(part // 10):
        page.keyboard.press("PageUp")
    said = _said(page, LOOP)
    assert f"in flight {bins.in_flight[part]:,.{1 if bins.in_flight[part] < 100 else 0}f}" in said
    assert bins.busy is not None
    assert all(f"{layer} {100 * series[part]:.1f} %" in said for layer, series in bins.busy.items())


def test_without_scripts_the_tables_say_it(browser: Browser, sample_page: Path) -> None:
    opened, _ = open_page(browser, sample_page, scripts=False)
    for section in ("waterfall", "loop_time"):
        assert not opened.locator(f"#{section} canvas").first.is_visible()
        opened.locator(f"#{section} summary").first.click()
        assert opened.locator(f"#{section} table").first.is_visible()
    opened.context.close()


def _large() -> TraceResult:
    """A page as of a recording of 100,000 requests: as many lines as are kept, of a round of 50,000."""
    first = sample_result().clients[0]
    ledger = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US, requests=600)
    shown = replace(ledger.shown, rounds=2, requests=50_000, slowest=60)
    return replace(
        sample_result(),
        clients=(replace(first, ledger=replace(ledger, requests=100_000, shown=shown)),),
        comparisons=(),
    )


def test_a_page_of_100_000_requests_stays_small_and_draws_all_its_lines(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    file.write_text(render(_large()), encoding="utf-8")
    assert file.stat().st_size < 500_000
    opened, troubles = open_page(browser, file)
    assert "600 of the 50,000 requests of the last of 2 warm rounds: the 60 slowest" in opened.inner_text("#waterfall")
    assert opened.locator(WATERFALL).get_attribute("aria-valuemax") == "600"
    opened.locator(WATERFALL).press("End")
    assert _said(opened, WATERFALL).startswith("Request 599 ")
    assert unexpected(troubles) == []
    opened.context.close()


def test_hostile_names_stay_text_in_panel_and_readout(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    hostile = hostile_result()
    failed = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US, requests=40, failed=40)
    bad = replace(failed.timelines[0], error="<img src=x onerror='window.hacked=1'>")
    ledger = replace(failed, timelines=(bad, *failed.timelines[1:]))
    file.write_text(render(replace(hostile, clients=(replace(hostile.clients[0], ledger=ledger),))), encoding="utf-8")
    opened, troubles = open_page(browser, file, (360, 900), without_policy=True)
    opened.locator(WATERFALL).press("Home")
    opened.keyboard.press("Enter")
    opened.locator(LOOP).press("End")
    assert "failed with <img src=x" in opened.locator("#waterfall-0-request").inner_text()
    assert opened.evaluate("window.hacked") is None
    assert opened.locator("img").count() == 0
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    assert unexpected(troubles) == []
    opened.context.close()
