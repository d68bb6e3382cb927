"""A release: the version of the package is that of the newest dated section of the CHANGELOG."""

import re
from pathlib import Path

import clientprof

_ROOT = Path(__file__).resolve().parents[1]
_DATED = re.compile(r"(\d+\.\d+\.\d+), \d{4}-\d\d-\d\d")


def headings() -> list[str]:
    text = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_the_newest_dated_section_is_of_the_packages_version() -> None:
    versions = [found[1] for heading in headings() if (found := _DATED.fullmatch(heading))]
    assert versions[:1] == [clientprof.__version__]


def test_only_the_first_section_may_be_without_a_version_and_a_date() -> None:
    undated = [heading for heading in headings() if not _DATED.fullmatch(heading)]
    assert undated in ([], headings()[:1] if headings()[:1] == ["Unreleased"] else [])


def test_versions_fall_from_top_to_bottom() -> None:
    numbers = [tuple(map(int, found[1].split("."))) for heading in headings() if (found := _DATED.fullmatch(heading))]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)
