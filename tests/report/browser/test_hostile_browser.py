"""Hostile text in every string of every kind of page: all controls used, no script runs, no markup appears."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from clientprof.model.results import TraceResult
from clientprof.report.pages.trace_page import render
from hostile_result import PAYLOAD, poisoned
from opened_pages import open_page, unexpected
from page_kinds import KINDS, hostile_page_of, page_of
from page_structure import elements_of
from partial_results import partial_results

_SEEN = PAYLOAD.partition("\u2028")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_adds_no_element_and_no_attribute(kind: str) -> None:
    allowed = set(elements_of(page_of(kind))) | {"code ", "/code", "wbr "}  # of long names and of backticks
    assert set(elements_of(hostile_page_of(kind))) - allowed == set()


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_no_script_runs_whatever_is_used(browser: Browser, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.html"
    file.write_text(hostile_page_of(kind), encoding="utf-8")
    opened, troubles = open_page(browser, file, (360, 900), without_policy=True)
    opened.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    _use_everything(opened)
    hacked = opened.evaluate("window.hacked")
    images = opened.locator("img, svg[onload], [onerror]").count()
    width = opened.evaluate("document.documentElement.scrollWidth")
    opened.context.close()
    assert (hacked, images, width <= 360) == (None, 0, True)
    assert unexpected(troubles) == []


@pytest.mark.browser
def test_the_panels_of_the_scripts_show_hostile_names_as_text(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "trace.html"
    hostile = poisoned(partial_results()["some_failures"])
    assert isinstance(hostile, TraceResult)
    file.write_text(render(hostile), encoding="utf-8")
    opened, _ = open_page(browser, file, without_policy=True)
    opened.locator("#flame-0-graph .frame").nth(5).click()
    opened.locator("#flame-0-graph .frame").nth(5).press("h")
    opened.locator("#flame-0-graph .frame").nth(2).hover()
    opened.locator("#waterfall-0-canvas").press("End")  # those that failed are the last
    texts = {
        "chosen frame": opened.locator('[data-flame="flame-0"] .chosen-name').inner_text(),
        "hidden frames": opened.locator('[data-flame="flame-0"] .hidden-frames').inner_text(),
        "tip": opened.locator(".tip").first.inner_text(),
        "error of a request": opened.locator("#waterfall-0-request").inner_text(),
    }
    opened.context.close()
    assert [name for name, text in texts.items() if _SEEN not in text] == []


def _use_everything(page: Page) -> None:
    """Every button twice, every choice of every list, every picture by its keys."""
    for box in page.locator("input[type=search]").all():
        box.fill("a|e")
        box.press("Enter")
    for chooser in page.locator("select").all():
        for value in chooser.locator("option").evaluate_all("all => all.map(one => one.value)"):
            chooser.select_option(value)
    for graph in page.locator(".flame-graph").all():
        for key in ("ArrowDown", "ArrowRight", "Enter", "h", "u", "f", "Escape"):
            graph.locator("[tabindex='0']").first.press(key)
    for canvas in page.locator("canvas").all():
        for key in ("Home", "End", "ArrowDown", "+", "ArrowRight", "Enter", "Escape"):
            canvas.press(key)
    page.evaluate("""() => {
        for (let time = 0; time < 2; time += 1)
            for (const button of document.querySelectorAll('button:not(:disabled)')) button.click();
        for (const frame of [...document.querySelectorAll('.frame')].slice(0, 40)) {
            frame.dispatchEvent(new PointerEvent('pointermove', {bubbles: true}));
            frame.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
        }
    }""")
