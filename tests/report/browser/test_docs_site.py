"""The documentation as a site: links lead somewhere, nothing is fetched from elsewhere, it keeps WCAG A and AA."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from axe_rules import violations
from opened_pages import open_page, unexpected

ROOT = Path(__file__).resolve().parents[3]
READ = ("index", "tutorial", "reference", "glossary")


@pytest.mark.slow
@pytest.mark.browser
def test_the_site_is_built_with_every_page_and_strict_links_and_can_be_read_by_everybody(
    browser: Browser, tmp_path: Path
) -> None:
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-q",
            "-f",
            str(ROOT / "mkdocs.yml"),
            "-d",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    names = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"} | {"index"}
    assert names <= {path.stem for path in tmp_path.glob("*.html")}
    for name in READ:
        page, troubles = open_page(browser, tmp_path / f"{name}.html")
        broken = violations(page)
        page.context.close()
        # Errors of the theme's own scripts are its makers' affair: headings that begin with a digit, no worker here.
        elsewhere = [trouble for trouble in unexpected(troubles) if trouble.startswith("request:")]
        assert (name, broken, elsewhere) == (name, [], [])
