"""Pages as files: ASCII, and the same page."""

from html import unescape
from pathlib import Path

from clientprof.cli.files.page_file import write_page
from clientprof.report.pages.trace_page import render
from clientprof.report.writing.assets import FOLDER
from sample_result import sample_result


def test_a_page_is_written_in_ascii_and_says_the_same(tmp_path: Path) -> None:
    page, file = render(sample_result()), tmp_path / "report.html"
    write_page(file, page)
    assert not page.isascii()
    written = file.read_bytes().decode("ascii")
    assert unescape(written) == unescape(page)


def test_what_no_character_reference_may_stand_in_is_ascii() -> None:
    """Scripts and styles; data in scripts is JSON that escapes all others."""
    assets = [file for folder in FOLDER.iterdir() for file in folder.iterdir()]
    assert assets
    assert [file.name for file in assets if not file.read_text(encoding="utf-8").isascii()] == []
