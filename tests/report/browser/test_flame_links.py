"""What a flame graph shows is in the address: it survives a reload, can be sent, and is not trusted."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from clientprof.report.pages.comparison_page import render_comparison
from clientprof.report.writing.assets import asset
from hostile_result import PAYLOAD
from opened_pages import open_page, unexpected, wait_for_pictures, wait_until
from sample_comparison import sample_comparison_result

pytestmark = pytest.mark.browser


def picture(page: Page, number: int = 0) -> list[object]:
    """What a reader sees of one graph: frames with places, marks and labels, and the texts around."""
    page.locator(f"#flame-{number}-graph .frame").first.wait_for()
    found: list[object] = page.evaluate(
        """prefix => {
            const block = document.querySelector(`[data-flame=${prefix}]`);
            const frames = [...block.querySelectorAll('.frame')].map(
                frame => [frame.dataset.node, frame.className, frame.style.cssText, frame.getAttribute('aria-label')]);
            const texts = ['.matches', '.in-view', '.hidden-frames'].map(part => block.querySelector(part).textContent);
            const pressed = [...block.querySelectorAll('[aria-pressed=true]')].map(button => button.textContent);
            return [frames, texts, pressed, block.querySelector('select').value];
        }""",
        f"flame-{number}",
    )
    return found


def change_both(page: Page) -> None:
    """Every kind of state, in both graphs."""
    page.locator('[data-flame="flame-1"] [data-layer="http"]').click()
    page.locator("#flame-0-graph .frame", has_text="AsyncClient.send").first.click()
    page.locator("#flame-0-graph .frame", has_text="fail_after").first.focus()
    page.keyboard.press("h")
    page.keyboard.press("f")
    page.fill("#flame-0-search", "_assign|current_async & +1#=")
    page.fill("#flame-0-search", "_assign|current_async")
    for layer in ("pool", "import"):
        page.locator(f'[data-flame="flame-0"] [data-layer="{layer}"]').click()
    page.select_option("#flame-0-state", "running")


def test_everything_shown_survives_a_reload_in_both_graphs(page: Page) -> None:
    plain = [picture(page, number) for number in (0, 1)]
    change_both(page)
    before = [picture(page, number) for number in (0, 1)]
    assert before[0] != plain[0]
    assert before[1] != plain[1]
    page.reload()
    wait_for_pictures(page)
    assert [picture(page, number) for number in (0, 1)] == before
    # Nothing is left in the address of a page on which everything is shown.
    for number in (0, 1):
        page.locator(f'[data-flame="flame-{number}"] [data-action="reset"]').click()
    assert [picture(page, number) for number in (0, 1)] == plain
    assert "#" not in page.url


def test_an_address_opened_elsewhere_shows_the_same_and_the_graph_used_last(
    browser: Browser, sample_page: Path, page: Page
) -> None:
    page.fill("#flame-0-search", "lock")
    page.locator("#flame-1-graph .frame", has_text="fetch_one").first.click()
    shown = [picture(page, number) for number in (0, 1)]
    fragment = page.url.split("#")[1]
    other, troubles = open_page(browser, sample_page)
    other.goto(f"about:blank#{fragment}")
    other.goto(f"{sample_page.as_uri()}#{fragment}")
    wait_for_pictures(other)
    assert [picture(other, number) for number in (0, 1)] == shown
    top = other.evaluate("document.querySelector('[data-flame=flame-1]').getBoundingClientRect().top")
    assert -1 <= top < 100
    assert [trouble for trouble in unexpected(troubles) if "about:blank" not in trouble] == []
    other.context.close()


def test_a_link_followed_on_the_open_page_is_obeyed_and_a_plain_anchor_changes_nothing(page: Page) -> None:
    page.fill("#flame-0-search", "lock")
    page.evaluate("location.hash = 'flame-1.search=timer'")
    wait_until(page, "document.getElementById('flame-1-search').value === 'timer'")
    assert page.input_value("#flame-0-search") == ""
    shown = picture(page, 1)
    page.evaluate("location.hash = 'environment'")
    page.wait_for_timeout(50)
    assert picture(page, 1) == shown
    assert page.url.endswith("#environment")


def test_a_frame_is_found_by_its_name_where_its_number_is_another_s(browser: Browser, sample_page: Path) -> None:
    opened, _ = open_page(browser, sample_page)
    opened.evaluate("location.hash = 'flame-0.zoom=3~current_async_library'")
    readout = opened.locator('[data-flame="flame-0"] .readout')
    wait_until(opened, "document.querySelector('[data-flame=flame-0] .readout').textContent !== ''")
    assert readout.inner_text() == "Zoomed into httpcore._synchronization.current_async_library."
    opened.evaluate("location.hash = 'flame-0.zoom=3~gone_since'")
    wait_until(opened, "document.querySelector('[data-flame=flame-0] .readout').textContent.includes('not in')")
    assert readout.inner_text() == "The frame that the link names is not in this picture."
    opened.context.close()


@pytest.mark.parametrize(
    "pairs",
    [
        {"layers": PAYLOAD, "state": PAYLOAD, "hide": PAYLOAD, "zoom": PAYLOAD, "width": PAYLOAD, "search": PAYLOAD},
        {"zoom": "999999~x", "layers": "nosuch,,", "state": "waiting", "hide": "__proto__"},
        {"zoom": "-1~all", "search": "(", "flame": "7", "__proto__": "x", "constructor": "y"},
    ],
)
def test_an_address_with_nonsense_or_markup_does_no_harm(
    browser: Browser, sample_page: Path, pairs: dict[str, str]
) -> None:
    opened, troubles = open_page(browser, sample_page, without_policy=True)
    fragment = "&".join(f"flame-0.{key}={quote(text, errors='replace')}" for key, text in pairs.items())
    opened.evaluate("hash => { location.hash = hash; }", fragment)
    wait_until(opened, "document.querySelector('[data-flame=flame-0] .readout').textContent !== ''")
    assert opened.evaluate("window.hacked") is None
    assert opened.locator("#flame-0-graph .frame").count() > 20
    assert opened.locator('[data-flame="flame-0"] .in-view').inner_text() == ""
    assert opened.locator("img, svg[onload], [onerror]").count() == 0
    assert unexpected(troubles) == []
    opened.context.close()


def test_the_width_of_a_difference_is_in_the_address_too(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "comparison.html"
    file.write_text(render_comparison(sample_comparison_result()), encoding="utf-8")
    opened, troubles = open_page(browser, file)
    opened.locator("[data-width='baseline']").click()
    opened.locator("#difference-0-graph .frame", has_text="pool").first.click()
    readout = opened.locator(".readout").inner_text()
    opened.reload()
    opened.locator("#difference-0-graph .frame").first.wait_for()
    assert opened.locator("[data-width='baseline']").get_attribute("aria-pressed") == "true"
    assert readout.startswith("Zoomed into pool: ")
    assert opened.locator(".readout").inner_text() == "Zoomed into pool."
    assert unexpected(troubles) == []
    opened.context.close()


def test_copying_the_link_says_where_it_is_if_the_browser_does_not_allow_it(page: Page) -> None:
    page.locator('[data-flame="flame-0"] [data-action="link"]').click()
    readout = page.locator('[data-flame="flame-0"] .readout')
    wait_until(page, "document.querySelector('[data-flame=flame-0] .readout').textContent.includes('link')")
    assert readout.inner_text() in ("The link is copied.", "The address bar holds the link.")


def test_an_address_keeps_the_keys_of_other_parts_and_puts_the_last_used_first(browser: Browser) -> None:
    blank = browser.new_page()
    written = blank.evaluate(
        """source => {
            const [write, first, read] = new Function(source + '; return [writeLink, firstLinked, readLink];')();
            const parts = new Map([['a', [['zoom', '1']]], ['b', [['search', 'x y']]]]);
            const text = write('#a.zoom=0&other.at=5', parts, 'b');
            return [text, first('#' + text), read('#' + text, 'b'), write('#section', new Map([['a', []]]), 'a')];
        }""",
        asset("flame_link.js"),
    )
    blank.close()
    assert written == ["b.search=x+y&a.zoom=1&other.at=5", "b", [["search", "x y"]], ""]
