"""Flame graphs in Chromium: zoom, search, filters, hiding, by pointer and by keyboard alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from opened_pages import open_page

pytestmark = pytest.mark.browser

_GRAPH = "#flame-0-graph"


def block(page: Page) -> Locator:
    return page.locator('[data-flame="flame-0"]')


def readout(page: Page) -> str:
    return block(page).locator(".readout").inner_text()


def frame(page: Page, name: str) -> Locator:
    return page.locator(f"{_GRAPH} .frame", has_text=name).first


def width(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    return box["width"]


def focused(page: Page) -> str:
    label: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return label


def test_click_zooms_and_reset_shows_everything_again(page: Page) -> None:
    before = page.locator(f"{_GRAPH} .frame").count()
    narrow = width(frame(page, "current_async_library"))
    frame(page, "current_async_library").click()
    assert width(frame(page, "current_async_library")) > 3 * narrow
    block(page).locator('[data-action="reset"]').click()
    assert page.locator(f"{_GRAPH} .frame").count() == before
    assert readout(page) == "Everything is shown."


def test_search_marks_matches_and_states_their_share(page: Page) -> None:
    page.fill("#flame-0-search", "_assign_requests|AsyncLock")
    assert page.locator(f"{_GRAPH} .hit").count() == 2
    assert "2 frames match, 23.5 % of CPU" in page.locator("#flame-0-matches").inner_text()
    page.fill("#flame-0-search", "layer:pool")
    assert page.locator(f"{_GRAPH} .hit").count() > 3
    page.fill("#flame-0-search", "(")
    assert page.locator("#flame-0-matches").inner_text() == "not a valid pattern"
    assert page.locator("#flame-0-search").get_attribute("aria-invalid") == "true"


def test_keyboard_moves_zooms_out_and_resets(page: Page) -> None:
    page.locator(f"{_GRAPH} [tabindex='0']").focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    assert focused(page).startswith("httpx._client.AsyncClient.get, httpx/_client.py:1739, ")
    assert "µs per request" in focused(page)
    assert "layer api" in focused(page)
    page.keyboard.press("Enter")
    assert "Zoomed into httpx._client.AsyncClient.get" in readout(page)
    assert focused(page).startswith("httpx._client.AsyncClient.get, ")
    page.keyboard.press("Backspace")
    assert "Zoomed into app.fetch_one" in readout(page)
    page.keyboard.press("Escape")
    assert readout(page) == "Everything is shown."
    page.keyboard.press("ArrowDown")
    assert page.locator(f"{_GRAPH} [aria-selected='true']").count() == 1
    assert page.locator(f"{_GRAPH} [tabindex='0']").count() == 1


def test_the_focused_frame_is_outlined(page: Page) -> None:
    page.locator("#flame-0-search").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "frame":
            break
    assert page.evaluate("document.activeElement.className") == "frame"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_keyboard_searches_and_goes_from_match_to_match(page: Page) -> None:
    page.locator(f"{_GRAPH} [tabindex='0']").focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "flame-0-search"
    page.keyboard.type("_assign_requests|AsyncLock")
    page.keyboard.press("Enter")
    first = focused(page)
    page.keyboard.press("n")
    second = focused(page)
    assert {first.split(", ")[0], second.split(", ")[0]} == {
        "httpcore._async.connection_pool.AsyncConnectionPool._assign_requests_to_connections",
        "httpcore._synchronization.AsyncLock.__aenter__",
    }
    page.keyboard.press("p")
    assert focused(page) == first
    page.keyboard.press("p")
    assert focused(page) == second


def test_icicle_and_flame_by_button_and_key_and_the_arrows_follow(page: Page) -> None:
    root = page.locator(f"{_GRAPH} [data-node='0']")
    top = root.evaluate("frame => frame.offsetTop")
    block(page).locator('[data-action="flip"]').click()
    assert top == 0
    assert root.evaluate("frame => frame.offsetTop") > 100
    root.focus()
    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("asyncio.runners.Runner.run, ")
    page.keyboard.press("f")
    assert block(page).locator('[data-action="flip"]').get_attribute("aria-pressed") == "false"
    assert root.evaluate("frame => frame.offsetTop") == 0


def test_layers_leave_only_their_own_time_and_state_how_much_that_is(page: Page) -> None:
    block(page).locator('[data-layer="pool"]').click()
    assert block(page).locator(".in-view").inner_text() == "In view: 562.4 µs per request, 36.5 % of CPU."
    assert frame(page, "urlparse").count() == 0
    block(page).locator('[data-layer="import"]').click()
    assert block(page).locator(".in-view").inner_text() == "In view: 1,031.3 µs per request, 67.0 % of CPU."
    label = frame(page, "AsyncClient.get").get_attribute("aria-label") or ""
    assert "1,031.3 µs per request, 67.0 % of all (1,4" in label
    assert "without filters)" in label
    for layer in ("pool", "import"):
        block(page).locator(f'[data-layer="{layer}"]').click()
    assert block(page).locator(".in-view").inner_text() == ""


def test_states_part_what_ran_for_a_request_from_what_the_loop_did_for_none(page: Page) -> None:
    shares = []
    for state in ("running", "apart"):
        page.select_option("#flame-0-state", state)
        text = block(page).locator(".in-view").inner_text()
        shares.append(float(text.split(" µs")[0].removeprefix("In view: ").replace(",", "")))
        assert frame(page, "AsyncClient.get").count() == (1 if state == "running" else 0)
    assert sum(shares) == pytest.approx(1540.0, abs=0.11)
    assert "while a request was running" in block(page).locator("h3").inner_text()


def test_a_hidden_function_is_gone_everywhere_its_time_is_stated_and_it_comes_back(page: Page) -> None:
    frame(page, "current_async_library").focus()
    total = float(focused(page).split(", ")[2].split(" µs")[0])
    page.keyboard.press("h")
    assert frame(page, "current_async_library").count() == 0
    assert f"current_async_library is hidden everywhere, with {total:.1f} µs per request" in readout(page)
    shown = block(page).locator(".in-view").inner_text()
    assert f"hidden from it: {total:.1f} µs per request" in shown
    left = float(shown.split(" µs")[0].removeprefix("In view: ").replace(",", ""))
    assert left + total == pytest.approx(1540.0, abs=0.11)
    assert focused(page) != ""
    again = block(page).locator(".hidden-frames button")
    assert f"current_async_library, {total:.1f} µs" in again.inner_text()
    again.press("Enter")
    assert frame(page, "current_async_library").count() == 1
    assert again.count() == 0
    assert page.evaluate("document.activeElement.id") == "flame-0-search"
    frame(page, "AsyncClient.get").focus()
    page.keyboard.press("h")
    page.keyboard.press("u")
    assert readout(page) == "Nothing is hidden."
    assert frame(page, "AsyncClient.get").count() == 1


def test_hiding_what_is_zoomed_into_zooms_out_and_the_root_stays(page: Page) -> None:
    frame(page, "AsyncHTTPTransport").click()
    frame(page, "AsyncConnectionPool.handle").click()
    frame(page, "AsyncHTTPTransport").focus()
    block(page).locator('[data-action="hide"]').click()
    assert frame(page, "AsyncClient.get").count() == 1
    assert frame(page, "AsyncHTTPTransport").count() == 0
    assert frame(page, "AsyncConnectionPool.handle").count() == 0
    page.locator(f"{_GRAPH} [data-node='0']").focus()
    page.keyboard.press("h")
    assert readout(page) == "Everything cannot be hidden."


def test_the_chosen_frame_links_the_line_of_its_release_and_others_name_theirs(page: Page) -> None:
    frame(page, "current_async_library").click()
    link = block(page).locator(".chosen-source a")
    assert link.inner_text() == "httpcore/_synchronization.py:28"
    assert link.get_attribute("href") == (
        "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_synchronization.py#L28"
    )
    assert (link.get_attribute("rel") or "").split() == ["noreferrer", "noopener"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    assert block(page).locator(".chosen-source a").count() == 0
    assert block(page).locator(".chosen-name").inner_text() == "loop thread"


def test_pointer_on_a_frame_shows_name_place_link_cost_share_and_layer(page: Page) -> None:
    frame(page, "current_async_library").hover()
    tip = block(page).locator(".tip").inner_text()
    for part in (
        "httpcore._synchronization.current_async_library",
        "_synchronization.py:28",
        "blob/1.0.9/httpcore/_synchronization.py#L28",
        "µs per request",
        "%",
        "layer import",
    ):
        assert part in tip


def test_the_table_has_lines_and_releases_without_a_script(browser: Browser, sample_page: Path) -> None:
    opened, _ = open_page(browser, sample_page, scripts=False)
    section = opened.locator("#flame")
    section.locator("summary", has_text="The same as a table").first.click()
    assert "httpcore/_async/connection_pool.py:270" in section.inner_text()
    assert section.locator("a[href='https://github.com/encode/httpcore/tree/1.0.9']").count() == 1
    assert not section.locator("[data-action], [data-layer], select").first.is_visible()
    opened.context.close()
