"""The changed lines of a comparison: on the page, on the terminal, in Markdown and JSON; what has none shows nothing."""

import io
import re
from dataclasses import replace

from rich.console import Console

from clientprof.model.differences.changed_code import CodeDifference
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.report.differences.code_section import code_section
from clientprof.report.exporters.markdown import to_markdown
from clientprof.report.exporters.summaries.comparison_summary import to_comparison_summary
from clientprof.report.terminal import print_comparison
from hostile_result import PAYLOAD, poisoned
from page_structure import elements_of
from sample_comparison import sample_code, sample_comparison_result


def with_code(code: CodeDifference | None) -> ComparisonResult:
    result = sample_comparison_result()
    return replace(result, pairs=tuple(replace(pair, code=code) for pair in result.pairs))


def printed(result: ComparisonResult) -> str:
    stream = io.StringIO()
    print_comparison(result, Console(file=stream, width=100, color_system=None))
    return stream.getvalue()


def test_each_line_stands_with_its_function_and_its_layer() -> None:
    page = code_section(with_code(sample_code()))
    assert page is not None
    assert '<span class="added">+    return self.scan()</span>' in page
    assert '<span class="removed">-    return 1</span>' in page
    assert "3 more lines" in page
    assert page.index("_assign_requests_to_connections") < page.index("return self.scan()")
    assert page.index("Other changed functions: 2") < page.index("+lock = Lock(fast=True)")
    assert "Also changed: httpcore._sync.http11.f." in page
    text = printed(with_code(sample_code()))
    assert re.search(
        r"Changed code.*3 functions differ.*_assign_requests_to_connections  pool\n.*\+    return self", text, re.S
    )
    assert "2 more changed functions are in the report." in text


def test_changes_that_no_moved_layer_shows_are_what_there_is_to_read() -> None:
    code = replace(sample_code(), layers=(), more=())
    page, text = code_section(with_code(code)), printed(with_code(code))
    assert page is not None
    for shown in (page, text):
        assert "no layer moved beyond chance" in shown
        assert "+lock = Lock(fast=True)" in shown
    assert "<details" not in page


def test_without_changed_code_nothing_is_said_of_it() -> None:
    bare = with_code(None)
    assert code_section(bare) is None
    assert "Changed code" not in printed(bare)
    assert "Changed lines" not in to_markdown(bare)
    (comparison,) = to_comparison_summary(bare)["comparisons"]  # type: ignore[misc]
    assert comparison["code"] is None


def test_json_has_every_line_with_its_function() -> None:
    (comparison,) = to_comparison_summary(with_code(sample_code()))["comparisons"]  # type: ignore[misc]
    code = comparison["code"]
    (function,) = code["layers"][0]["functions"]
    assert (code["changed_functions"], code["layers"][0]["layer"], function["more"]) == (3, "pool", 3)
    assert function["lines"][-1] == "+    return self.scan()"
    assert code["more"] == ["httpcore._sync.http11.f"]


def test_hostile_lines_add_no_element_and_close_no_block() -> None:
    bad = poisoned(sample_code())
    assert isinstance(bad, CodeDifference)
    hostile, benign = (with_code(code) for code in (bad, sample_code()))
    page, other = code_section(hostile), code_section(benign)
    assert page is not None
    assert other is not None
    assert elements_of(page) == elements_of(other)
    assert "\x1b" not in printed(hostile)
    first = sample_code().layers[0].functions[0]
    fenced = replace(first, lines=("+````", f"+{PAYLOAD}"))
    layer = replace(sample_code().layers[0], functions=(fenced,))
    text = to_markdown(with_code(replace(sample_code(), layers=(layer,))))
    block = re.search(r"^(`{3,})diff\n(.*?)\n\1$", text, re.S | re.M)
    assert block is not None
    assert len(block[1]) == 5
    assert "hacked" in block[2]
