"""Paper, in Chromium: white, nothing cut off or folded, with scripts and without; and what a page is without them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from opened_pages import open_page, unexpected
from page_kinds import KINDS, page_of

pytestmark = pytest.mark.browser

_A4_LESS_MARGINS = (688, 900)
# What reaches beyond its box, by section and name; a flame graph cuts its frames at its own edge.
_CUT_OFF = """() => [...document.querySelectorAll('.scroll, pre, section, main')]
    .filter(box => box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > innerWidth + 1)
    .map(box => `${box.closest('section')?.id}: ${box.getAttribute('aria-label') ?? box.className}`)"""
_FOLDED = """() => [...document.querySelectorAll('details:not(.script-only *)')].filter(part => {
    const inner = part.querySelector(':scope > :not(summary)');
    return inner.checkVisibility({contentVisibilityAuto: true}) === false || inner.getBoundingClientRect().height === 0;
}).map(part => part.querySelector('summary').textContent)"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("kind", KINDS)
def test_paper_is_white_and_nothing_on_it_is_cut_off_or_folded(
    browser: Browser, tmp_path: Path, kind: str, scripts: bool
) -> None:
    file = tmp_path / f"{kind}.html"
    file.write_text(page_of(kind), encoding="utf-8")
    opened, troubles = open_page(browser, file, _A4_LESS_MARGINS, "dark", scripts=scripts)
    opened.emulate_media(media="print")
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    width = opened.evaluate("document.documentElement.scrollWidth")
    cut, links = opened.evaluate(_CUT_OFF), opened.locator("nav").is_visible()
    if scripts:
        opened.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    folded = opened.evaluate(_FOLDED)
    unnamed = opened.locator("details > summary").evaluate_all(
        "all => all.filter(one => !one.closest('.script-only') && one.getBoundingClientRect().height < 8).length"
    )
    if kind == "trace" and scripts:
        opened.pdf(path=tmp_path / "paper.pdf")
        assert (tmp_path / "paper.pdf").read_bytes().count(b"/Type /Page\n") > 3
    opened.context.close()
    assert unexpected(troubles) == []
    assert (paper, width, links) == ("rgb(255, 255, 255)", _A4_LESS_MARGINS[0], False)
    assert cut == []
    assert folded == []
    assert unnamed == 0  # what was folded has its title above it


def test_the_times_are_drawn_for_paper_and_again_for_the_screen(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "trace.html"
    file.write_text(page_of("trace"), encoding="utf-8")
    opened, _ = open_page(browser, file, theme="dark")
    drawn = []
    for media in ("screen", "print", "screen"):
        opened.emulate_media(media=media)  # type: ignore[arg-type]
        opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        drawn.append(opened.evaluate("document.getElementById('waterfall-0-canvas').toDataURL()"))
    opened.context.close()
    assert drawn[0] != drawn[1]
    assert drawn[0] == drawn[2]


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_has_text_or_a_table_without_scripts(browser: Browser, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.html"
    file.write_text(page_of(kind), encoding="utf-8")
    opened, _ = open_page(browser, file, (360, 800), scripts=False)
    texts = opened.eval_on_selector_all("main > section", "all => all.map(part => [part.id, part.innerText.length])")
    buttons = opened.locator("button, input, select, canvas").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).length"
    )
    width = opened.evaluate("document.documentElement.scrollWidth")
    opened.screenshot(path=tmp_path / f"{kind}-without-scripts.png", full_page=True)
    opened.context.close()
    assert [name for name, length in texts if length < 80] == []
    assert buttons == 0
    assert width <= 360
