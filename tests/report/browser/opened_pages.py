"""Pages opened in Chromium, with everything that goes wrong on them."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

WIDE = (1440, 900)


def open_page(
    browser: Browser,
    file: Path,
    size: tuple[int, int] = WIDE,
    theme: Literal["light", "dark"] = "light",
    *,
    scripts: bool = True,
    without_policy: bool = False,
) -> tuple[Page, list[str]]:
    """The file in a fresh context, and a list that collects errors, console messages and requests."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        java_script_enabled=scripts,
        bypass_csp=without_policy,
        reduced_motion="reduce",  # places read from the page must not move while it scrolls smoothly
    )
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("request", lambda request: troubles.append(f"request: {request.url}"))
    page.goto(file.as_uri())
    wait_for_pictures(page)
    return page, troubles


def wait_for_pictures(page: Page) -> None:
    """A report starts its pictures after its first paint; other pages have none to wait for."""
    if page.locator("html.scripted").count():
        page.locator("html.started").wait_for(state="attached")


def check_width(browser: Browser, file: Path, width: int) -> None:
    """A page with all its parts open is as wide as the screen at the most, runs no script of others and asks for nothing."""
    opened, troubles = open_page(browser, file, (width, 900), without_policy=True)
    opened.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate("window.hacked") is None
    assert unexpected(troubles) == []
    opened.context.close()


def unexpected(troubles: list[str]) -> list[str]:
    """All but the page itself and its empty icon."""
    return [trouble for trouble in troubles if not trouble.startswith(("request: file:///", "request: data:"))]


def wait_until(page: Page, script: str, argument: object = None) -> None:
    """Until the script is true of the page. Playwright's own wait evaluates a text there, which the policy forbids."""
    for _ in range(200):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {script}")
