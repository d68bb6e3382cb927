"""Accessibility: axe-core finds no broken rule of WCAG A or AA on any kind of page, in both themes, narrow and wide."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from axe_rules import violations
from opened_pages import open_page, unexpected
from page_kinds import KINDS, page_of

pytestmark = pytest.mark.browser

_OPEN = "document.querySelectorAll('details').forEach(part => { part.open = true; })"


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_is_broken_folded_and_wide_or_unfolded_narrow_and_in_use(
    browser: Browser, tmp_path: Path, kind: str
) -> None:
    # Contrast depends on the theme and hardly on the width, sizes on the width alone: two runs see what four would.
    file = tmp_path / f"{kind}.html"
    file.write_text(page_of(kind), encoding="utf-8")
    opened, troubles = open_page(browser, file, (1600, 900))
    broken = [f"1600 px, light: {line}" for line in violations(opened)]
    _use(opened)
    opened.evaluate(_OPEN)
    opened.set_viewport_size({"width": 360, "height": 900})
    opened.emulate_media(color_scheme="dark")
    broken += [f"360 px, dark: {line}" for line in violations(opened)]
    opened.context.close()
    assert unexpected(troubles) == []
    assert broken == []


def test_the_rules_find_what_is_broken(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    page = page_of("growth").replace("<main>", '<main><p style="color:#bbb">pale</p><img src="data:,">', 1)
    file.write_text(page, encoding="utf-8")
    opened, _ = open_page(browser, file)
    found = {line.partition(":")[0] for line in violations(opened)}
    opened.context.close()
    assert found == {"color-contrast", "image-alt"}


def _use(page: Page) -> None:
    """What only use shows: a zoomed frame, matches, a pressed layer, a hidden function, a request that is kept."""
    if page.locator("#flame-0-graph").count():
        graph = page.locator("#flame-0-graph .frame")
        graph.nth(6).press("h")
        graph.nth(2).click()
        page.fill("#flame-0-search", "import|assign")
        page.locator("#flame-0-search").press("Enter")
        page.locator('[data-flame="flame-0"] [data-layer]').first.click()
    if page.locator("#difference-0-graph").count():
        page.locator("#difference-0-graph .frame").nth(2).click()
        page.fill("#difference-0-search", "assign")
    if page.locator("#waterfall-0-canvas").count():
        page.locator("#waterfall-0-canvas").press("End")
        page.locator("#loop-0-canvas").press("End")
