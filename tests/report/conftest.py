"""Chromium for the tests marked ``browser``. In CI they fail where it is missing; elsewhere they are skipped and say so."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from clientprof.report.pages.trace_page import render
from sample_result import sample_result

_CHROMIUM = shutil.which("chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module."""
    if _CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed (on Debian: apt-get install chromium)")
    assert _CHROMIUM is not None, "the browser tests need chromium: apt-get install chromium"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def sample_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample result as a file."""
    target = tmp_path_factory.mktemp("page") / "report.html"
    target.write_text(render(sample_result()), encoding="utf-8")
    return target
