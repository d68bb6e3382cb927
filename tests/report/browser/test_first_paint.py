"""What waits until the page has been seen: the pictures and the layout of what is out of view. Nobody may miss either."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from opened_pages import open_page, unexpected, wait_for_pictures

pytestmark = pytest.mark.browser

_STARTED = "document.documentElement.classList.contains('started')"
_FAR = "counters"
_OUT_OF_VIEW = "getComputedStyle(document.getElementById('counters')).contentVisibility"
_TOP = "document.getElementById('counters').getBoundingClientRect().top"
_DRAWN = """() => [...document.querySelectorAll('canvas, [data-flame] .flame-graph')]
    .filter(one => one.tagName === 'CANVAS' ? one.height <= 150 : one.childElementCount < 2).length"""
# A browser that does not tell of its paints, and one whose clock has not come round yet either.
_UNTOLD = "window.PerformanceObserver = class { observe() {} };"
_UNSEEN = f"{_UNTOLD} window.setTimeout = () => 0;"
_FAILS = """const parse = JSON.parse;
    JSON.parse = text => { if (text.includes('colours')) throw Error('broken'); return parse(text); };"""
_LAST_WORDS = "[...document.querySelectorAll('main > section:last-of-type li')].at(-1).textContent.slice(0, 40)"


@pytest.fixture
def fresh(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def test_before_the_first_paint_nothing_is_drawn_and_only_what_is_in_view_is_laid_out(
    fresh: Page, sample_page: Path
) -> None:
    fresh.add_init_script(_UNSEEN)
    fresh.goto(sample_page.as_uri())
    assert not fresh.evaluate(_STARTED)
    assert fresh.evaluate(_OUT_OF_VIEW) == "auto"
    assert fresh.locator(".frame").count() == 0


def test_paper_has_every_picture_even_if_the_page_was_never_seen(fresh: Page, sample_page: Path) -> None:
    fresh.add_init_script(_UNSEEN)
    fresh.goto(sample_page.as_uri())
    fresh.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert fresh.evaluate(_DRAWN) == 0
    assert fresh.evaluate(_OUT_OF_VIEW) == "visible"


def test_a_page_in_a_hidden_tab_is_drawn_though_nobody_sees_it(fresh: Page, sample_page: Path) -> None:
    fresh.add_init_script(f"{_UNTOLD} Object.defineProperty(document, 'hidden', {{ get: () => true }})")
    fresh.goto(sample_page.as_uri())
    wait_for_pictures(fresh)
    assert fresh.evaluate(_DRAWN) == 0


def test_where_the_browser_does_not_tell_of_its_paint_the_pictures_come_all_the_same(
    fresh: Page, sample_page: Path
) -> None:
    fresh.add_init_script(_UNTOLD)
    fresh.goto(sample_page.as_uri())
    wait_for_pictures(fresh)
    assert fresh.evaluate(_DRAWN) == 0


def test_a_picture_that_fails_does_not_stop_the_others(fresh: Page, sample_page: Path) -> None:
    errors: list[str] = []
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    fresh.add_init_script(_FAILS)
    fresh.goto(sample_page.as_uri())
    wait_for_pictures(fresh)
    assert errors != []
    assert fresh.locator("#flame-1-graph .frame").count() > 1
    assert fresh.evaluate("document.getElementById('loop-0-canvas').height") > 150


def test_whoever_comes_to_an_anchor_stays_there_when_the_pictures_have_come(fresh: Page, sample_page: Path) -> None:
    fresh.goto(f"{sample_page.as_uri()}#{_FAR}")
    wait_for_pictures(fresh)
    fresh.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    end = fresh.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
    assert end or 0 <= fresh.evaluate(_TOP) < 40


def test_text_out_of_view_is_found_at_first(fresh: Page, sample_page: Path) -> None:
    fresh.add_init_script(_UNSEEN)
    fresh.goto(sample_page.as_uri())
    words = fresh.evaluate(_LAST_WORDS)
    assert fresh.evaluate("words => window.find(words)", words)
    assert fresh.evaluate("scrollY") > 0


def test_without_scripts_everything_is_laid_out_at_once(browser: Browser, sample_page: Path) -> None:
    opened, troubles = open_page(browser, sample_page, scripts=False)
    kind = opened.evaluate(_OUT_OF_VIEW)
    opened.context.close()
    assert kind == "visible"
    assert unexpected(troubles) == []


def test_a_picture_of_the_whole_page_has_its_last_section_where_it_is(browser: Browser, sample_page: Path) -> None:
    opened, _ = open_page(browser, sample_page)
    before = opened.evaluate("document.documentElement.scrollHeight")
    opened.screenshot(full_page=True)
    after = opened.evaluate("document.documentElement.scrollHeight")
    opened.context.close()
    assert before == after
