"""The live view in Chromium: it shows what comes, text as text, and says when the measurement has ended."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from clientprof.cli.console.live_server import LiveServer
from clientprof.model.programs.live import LiveHolder, LiveLook, LiveSite

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>"
LOOK = LiveLook(
    12.0, 1_234, 7, 99.5, 64, 3, 0.97, 12.3, 4.56,
    (LiveSite(f"app.py:41 {HOSTILE}", "fetch", "httpx", 50.0, 20.5, 7),), (LiveHolder(HOSTILE, 0.5),),
)  # fmt: skip


@pytest.mark.parametrize("width", [420, 1280])
def test_the_page_follows_the_program_and_says_when_it_is_over(browser: Browser, width: int) -> None:
    with LiveServer(f"app.py {HOSTILE}") as server:
        page = browser.new_page(viewport={"width": width, "height": 800})
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(server.url)
        expect(page.locator("#state")).to_have_text("waiting for the first look")
        server.publish(LOOK)
        expect(page.locator("#figures tr").first).to_have_text("requests1,234")
        expect(page.locator("#sites tr")).to_have_count(1)
        expect(page.locator("#sites")).to_contain_text(HOSTILE)
        expect(page.locator("#holders")).to_contain_text("50.0\u00a0%")
        classes = page.locator("#sites td").evaluate_all("cells => cells.map(cell => cell.className)")
        assert classes == ["", "number", "number", "number"], (
            "the client's name stands like a text, the rest like figures"
        )
        assert page.locator("img").count() == 0
        server.publish(replace(LOOK, requests=2_345, holders=()))
        expect(page.locator("#figures tr").first).to_have_text("requests2,345")
        expect(page.locator("#state")).to_have_text("Who holds the loop is not recorded just now.")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("#state")).to_have_text("The measurement has ended.")
    assert troubles == []
    page.close()
