"""What is wider than the screen shows at its edges that there is more, in both themes; what fits shows nothing."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from clientprof.report.writing.assets import asset
from opened_pages import open_page

pytestmark = pytest.mark.browser
PHONE = (390, 844)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("box", ['<div class="scroll" ', '<div class="lines" ', "<pre "])
def test_edges_are_marked_where_there_is_more(
    browser: Browser, tmp_path: Path, theme: Literal["light", "dark"], box: str
) -> None:
    style = "".join(asset(name) for name in ("page.css", "tables.css", "differences.css"))
    inner = '<div style="width: {}px; height: 40px"></div>'
    end = "</pre>" if box == "<pre " else "</div>"
    file = tmp_path / "page.html"
    file.write_text(
        f"<!doctype html><style>{style}</style>{box}id=wide>{inner.format(900)}{end}{box}id=fits>{inner.format(20)}{end}"
    )
    page, _ = open_page(browser, file, PHONE, theme)
    wide = page.locator("#wide")
    looks = {}
    for place in ("0", "e.scrollWidth / 4", "e.scrollWidth"):
        wide.evaluate(f"e => e.scrollLeft = {place}")
        looks[place] = wide.screenshot()
    assert len(set(looks.values())) == 3
    fits = page.locator("#fits")
    marked = fits.screenshot()
    fits.evaluate("e => e.style.backgroundImage = 'none'")
    assert fits.screenshot() == marked
    page.context.close()


def test_tables_and_code_of_the_report_scroll_by_such_boxes(browser: Browser, sample_page: Path) -> None:
    page, _ = open_page(browser, sample_page, PHONE)
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
             .filter(e => e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
             .filter(e => !getComputedStyle(e).backgroundAttachment.includes('local'))
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert unmarked == []
    page.context.close()
