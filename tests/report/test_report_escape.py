"""Hostile text changes no element of any section, runs no script, and cannot drive a terminal."""

import json

import pytest

from clientprof.report.pages.trace_page import render
from clientprof.report.sections.trace import SECTIONS
from clientprof.report.writing.escape import escape_html, escape_json, safe_link, visible
from clientprof.report.writing.markup import prose, tag
from hostile_result import PAYLOAD, hostile_result
from page_structure import elements_of
from sample_result import sample_result


@pytest.mark.parametrize("name", list(SECTIONS))
def test_hostile_text_adds_no_element_and_no_attribute_to_the_section(name: str) -> None:
    benign, hostile = SECTIONS[name].render(sample_result()), SECTIONS[name].render(hostile_result())
    assert benign is not None
    assert hostile is not None
    assert elements_of(hostile) == elements_of(benign)


def test_hostile_page_has_the_elements_of_a_benign_one_and_can_be_written_as_utf8() -> None:
    page = render(hostile_result())
    page.encode("utf-8")
    assert elements_of(page) == elements_of(render(sample_result()))
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_html_escape_leaves_none_of_the_characters_that_end_a_text_or_an_attribute() -> None:
    assert not set("<>\"'`\u2028\x00\x1b") & set(escape_html(PAYLOAD))


def test_json_escape_round_trips_and_contains_no_angle_bracket_or_line_separator() -> None:
    written = escape_json({"name": PAYLOAD, "nan": float("nan"), "rows": [1, (2.5, None)]})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"name": visible(PAYLOAD), "nan": None, "rows": [1, [2.5, None]]}


def test_attribute_values_are_escaped_by_the_builder() -> None:
    assert tag("a", "x", title='"><b>') == '<a title="&quot;&gt;&lt;b&gt;">x</a>'


def test_code_in_backticks_is_escaped_and_a_lone_backtick_stays_text() -> None:
    assert prose("do `<b>` now") == "do <code>&lt;b&gt;</code> now"
    assert prose("a ` b <i>") == "a &#96; b &lt;i&gt;"


def test_long_dotted_name_may_break_after_dots_and_keeps_its_text() -> None:
    name = "httpcore._async.connection_pool.AsyncConnectionPool._assign"
    assert prose(f"in {name}.").replace("<wbr>", "") == f"in {name}."
    assert "_async.<wbr>connection_pool" in prose(name)
    assert "<wbr>" not in prose("see a.short.name")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://plain.example", "data:text/html,x", "//host/x", "", None]
)
def test_only_https_links_become_links(url: str | None) -> None:
    assert safe_link(url) is None
