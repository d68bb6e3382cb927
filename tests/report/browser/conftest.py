"""The sample page, open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from opened_pages import open_page, unexpected


@pytest.fixture
def page(browser: Browser, sample_page: Path) -> Iterator[Page]:
    """The sample page at 1440 pixels; the test fails if anything went wrong on it."""
    opened, troubles = open_page(browser, sample_page)
    opened.locator("#flame-0-graph .frame").first.wait_for()
    yield opened
    opened.context.close()
    assert unexpected(troubles) == []
