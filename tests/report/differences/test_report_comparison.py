"""A comparison's page, text, JSON and Markdown: whole and partial results, hostile names, grey rows, sizes."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from clientprof.model.differences.choice import Choice, Decision
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.estimate import Verdict
from clientprof.model.provenance.interpreter import GROUP, InterpreterFacts
from clientprof.model.results import Setting
from clientprof.report.differences.comparison_lines import comparison_lines
from clientprof.report.differences.comparison_wording import gap_text
from clientprof.report.differences.difference_tree import difference_tree, packed, walk
from clientprof.report.exporters.harness_lines import to_harness_lines
from clientprof.report.exporters.markdown import inert, to_markdown
from clientprof.report.exporters.summaries.comparison_summary import to_comparison_summary
from clientprof.report.pages.comparison_page import render_comparison
from clientprof.report.pages.trace_page import render
from clientprof.report.terminal import print_comparison
from clientprof.report.writing.figures import ratio
from hostile_result import PAYLOAD, poisoned
from sample_comparison import sample_comparison_result
from sample_result import sample_result


def partial(**parts: object) -> ComparisonResult:
    result = sample_comparison_result()
    return replace(result, pairs=tuple(replace(pair, **parts) for pair in result.pairs))  # type: ignore[arg-type]


def printed(result: ComparisonResult, width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_comparison(result, Console(file=stream, width=width, color_system=None))
    stream.flush()
    stream.seek(0)
    return stream.read()


def with_verdict(verdict: Verdict) -> ComparisonResult:
    result = sample_comparison_result()
    pair = result.pairs[0]
    effect = replace(pair.comparison.effect, verdict=verdict)
    return replace(result, pairs=(replace(pair, comparison=replace(pair.comparison, effect=effect)),))


def test_wall_time_without_a_verdict_says_why() -> None:
    result = sample_comparison_result()
    pair = result.pairs[0]
    wall = replace(pair.comparison.wall_effect, verdict=Verdict.NO_VERDICT, reason="only 3 blocks")
    silent = replace(result, pairs=(replace(pair, comparison=replace(pair.comparison, wall_effect=wall)),))
    assert "no verdict: only 3 blocks." in render_comparison(silent)


PARTS = [
    sample_comparison_result(),
    partial(gap=None, flame=None),
    partial(counters=()),
    replace(sample_comparison_result(), pairs=(), stopping=None),
    replace(sample_comparison_result(), incompatibilities=("the event loop differs: asyncio for a, uvloop for b",)),
]


@pytest.mark.parametrize("result", PARTS)
def test_whole_and_partial_comparisons_render_everywhere(result: ComparisonResult) -> None:
    page = render_comparison(result)
    assert page.startswith("<!doctype html>")
    assert "None" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert printed(result)
    assert to_markdown(result).startswith("## clientprof: ")
    if result.pairs:
        json.dumps(to_comparison_summary(result), allow_nan=False)


def test_the_page_says_what_is_missing() -> None:
    page = render_comparison(partial(gap=None, flame=None))
    assert "The gap explained: needs the lens sample in both arms" in page


def test_the_gap_s_rows_are_grey_where_nothing_is_shown_and_add_up_in_print() -> None:
    page = render_comparison(sample_comparison_result())
    section = page[page.index('id="gap"') : page.index('id="difference"')]
    rows = re.findall(r"<tr( class=\"unshown\")?><th scope=\"row\"><span class=\"chip\">.*?</i>(\w+)</span>", section)
    assert {name: bool(grey) for grey, name in rows}["app"]
    assert not {name: bool(grey) for grey, name in rows}["pool"]
    assert "sum of layers" in section
    assert "other threads" in section
    assert "renamed; was" in section
    assert "AsyncConnectionPool._attempt_to_acquire_connection" in section


def test_the_verdict_is_the_first_sentence_and_its_absence_has_a_reason() -> None:
    assert "httpx 0.28.1 is slower: it spends 22.3x [21.8, 22.9] the CPU" in " ".join(
        printed(sample_comparison_result()).split()
    )
    calm = " ".join(printed(with_verdict(Verdict.NO_DIFFERENCE)).split())
    assert "No difference shown between httpx 0.28.1 and aiohttp 3.14.5" in calm
    assert "No verdict on httpx 0.28.1" in " ".join(printed(with_verdict(Verdict.NO_VERDICT)).split())


def test_arms_that_differ_otherwise_are_marked_in_every_form() -> None:
    marked = replace(PARTS[-1], allowed=True)
    for text in (render_comparison(marked), printed(marked), to_markdown(marked)):
        assert "differ in more than what is compared" in " ".join(text.split())
        assert "event loop differs" in text
    assert to_comparison_summary(marked)["incompatibilities"] == {
        "found": ["the event loop differs: asyncio for a, uvloop for b"], "allowed": True,
    }  # fmt: skip


def test_what_became_of_each_condition_stands_in_page_terminal_summary_and_markdown() -> None:
    result = sample_comparison_result()
    (row,) = result.conditions
    page = render_comparison(result)
    text, outcome = row.text.replace(">", "&gt;"), str(row.outcome)
    assert re.search(rf"<code>{text}</code></th><td[^>]*><strong>{outcome}</strong></td><td[^>]*>{row.reason}", page)
    assert f"{outcome}  {row.text}: {row.reason}" in " ".join(printed(result, 200).split("\n"))
    (found,) = to_comparison_summary(result)["conditions"]  # type: ignore[misc, attr-defined]
    assert found == {"text": row.text, "arm": row.arm, "outcome": outcome, "reason": row.reason}
    assert f"* `{row.text}`: **{outcome}**; {row.reason}" in to_markdown(result)


def test_the_terminal_fits_its_width_and_terminals_without_unicode() -> None:
    text = printed(sample_comparison_result(), 80)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "1,540.0 µs" in text
    assert printed(sample_comparison_result(), 80, "ascii").isascii()


def test_the_summary_keeps_the_schema_s_keys_and_adds_functions_counters_and_arms() -> None:
    summary = json.loads(json.dumps(to_comparison_summary(sample_comparison_result()), allow_nan=False))
    assert summary["schema"] == "clientprof.summary/1"
    (row,) = summary["comparisons"]
    for key in ("baseline", "candidate", "metric", "ratio", "aa_ratio", "verdict", "gap", "wall", "counters"):
        assert key in row
    pool = next(layer for layer in row["gap"] if layer["layer"] == "pool")
    assert set(pool["us_per_request"]) == {"value", "low", "high", "unit", "n"}
    assert pool["functions"][0]["followed"] == "renamed"
    assert pool["functions"][0]["was"]["function"] == "AsyncConnectionPool._attempt_to_acquire_connection"
    total = sum(layer["us_per_request"]["value"] for layer in row["gap"]) + row["gap_remainder_us_per_request"]
    assert total == pytest.approx(row["gap_control_us_per_request"]["value"], rel=0.01)
    assert [arm["name"] for arm in summary["arms"]] == ["aiohttp", "httpx"]
    assert summary["stopping"]["blocks"] == 6


def test_markdown_has_headline_base_head_change_interval_and_the_aa_floor() -> None:
    text = to_markdown(sample_comparison_result())
    assert "**httpx 0.28.1 is slower: it spends 22.3x \\[21.8, 22.9\\] the CPU" in text
    assert "| metric | base: aiohttp 3.14.5 | head: httpx 0.28.1 | change | 95 % interval |" in text
    assert "| CPU per request | 69.0 µs | 1,540.0 µs | +2130.0 % (slower) | +2080.0 % to +2190.0 % |" in text
    assert "A/A check (the baseline against itself, 12 blocks): +0.2\u00a0% [-0.9\u00a0%, +1.3\u00a0%]" in text
    assert "`httpcore._async.connection_pool.AsyncConnectionPool._assign_requests_to_connections`" in text
    assert all(line.count("|") == 6 for line in text.splitlines() if line.startswith("| CPU"))
    assert len(text) < 60_000


def test_markdown_makes_text_from_outside_inert() -> None:
    hostile = poisoned(sample_comparison_result())
    assert isinstance(hostile, ComparisonResult)
    text = re.sub(r"^(`{3,})diff\n.*?\n\1$", "", to_markdown(hostile), flags=re.S | re.M)  # blocks of changed lines
    assert not re.search(r"(?<!\\)<(script|img|svg)", re.sub(r"(?<!\\)`[^`]*`", "", text))
    assert inert("a|b<i>_x_@me`") == "a\\|b\\<i\\>\\_x\\_\\@me\\`"


def test_harness_lines_have_the_keys_of_httpx2_s_harness() -> None:
    lines = [json.loads(line) for line in to_harness_lines(sample_result()).splitlines()]
    assert [line["client"] for line in lines] == ["httpx", "aiohttp"]
    assert {"scenario", "rps", "p50_ms", "p99_ms", "max_ms", "cpu_us", "python"} <= set(lines[0])
    assert lines[0]["scenario"] == "c512/1k"
    assert lines[0]["rps"] == pytest.approx(512 / 0.812, rel=1e-5)
    assert lines[0]["cpu_us"] == 1540.0


def test_the_terminal_names_each_arm_s_interpreter_before_any_figure_where_they_differ() -> None:
    whole = sample_comparison_result()
    row = Setting(GROUP, whole.baseline, "CPython 3.14.2: GCC 14.2.0 -O3, LTO, PGO; JIT off, GIL on")
    apart = replace(whole, measured=replace(whole.measured, environment=(row, *whole.measured.environment)))
    for result, shown in ((whole, False), (apart, True)):
        console = Console(file=io.StringIO(), width=100)
        print_comparison(result, console)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        assert ("Interpreters" in text) is shown
        assert not shown or text.index("GCC 14.2.0 -O3, LTO, PGO") < text.index("Without instruments")


def test_each_harness_line_names_the_python_that_measured_it() -> None:
    whole = sample_result()
    facts = InterpreterFacts("CPython", "3.14.2")
    result = replace(whole, clients=(replace(whole.clients[0], interpreter=facts), *whole.clients[1:]))
    pythons = [json.loads(line)["python"] for line in to_harness_lines(result).splitlines()]
    assert pythons == ["CPython 3.14.2", "CPython 3.11.9, GIL on"]


def test_the_drawn_tree_keeps_both_weights_and_marks_merged_nodes() -> None:
    flame = sample_comparison_result().pairs[0].flame
    assert flame is not None
    tree = difference_tree(flame.root)
    nodes = [node for node, _ in walk(tree)]
    for node in nodes:
        assert node.baseline_ns == node.baseline_self_ns + sum(child.baseline_ns for child in node.children)
        assert node.candidate_ns == node.candidate_self_ns + sum(child.candidate_ns for child in node.children)
    assert tree.candidate_ns == pytest.approx(flame.root.candidate_us * 1000, abs=len(nodes))
    data = packed(tree)
    assert all(
        len(data[name]) == len(nodes)  # type: ignore[arg-type]
        for name in ("location", "depth", "baseline", "candidate", "layer", "tone")
    )
    assert sum(data["candidate"]) == tree.candidate_ns  # type: ignore[call-overload]
    assert [node.layer for node in tree.children if node.location is None] == [node.layer for node in tree.children]
    assert {node.tone for node in nodes if node.smaller} <= {0}
    assert {-3, 0, 3} & {node.tone for node in nodes} >= {0, 3}


def test_the_page_is_small_and_a_trace_s_page_has_not_grown_by_it() -> None:
    assert len(render_comparison(sample_comparison_result()).encode()) < 500_000
    assert "startDifference(block)" in render(sample_result())
    assert "function startDifference" not in render(sample_result())


def test_a_hostile_comparison_is_escaped() -> None:
    hostile = poisoned(sample_comparison_result())
    assert isinstance(hostile, ComparisonResult)
    page = render_comparison(hostile)
    assert PAYLOAD not in page
    assert "<img" not in page
    assert "<svg" not in page
    assert "\x1b[31m" not in printed(hostile)


def test_other_threads_are_told_where_they_turn_the_samples_round() -> None:
    gap = sample_comparison_result().pairs[0].gap
    assert gap is not None
    shrunk = replace(gap, remainder_us=-2 * abs(gap.sampled_us.value))
    assert "Other threads, which are not sampled" in gap_text(sample_comparison_result(), shrunk)
    assert "Other threads" not in gap_text(sample_comparison_result(), replace(gap, remainder_us=0.5))


def chosen(choice: Choice) -> str:
    """The advice, spaces that do not break as others, without intervals."""
    (step,) = comparison_lines(replace(sample_comparison_result(), choice=choice)).steps
    return re.sub(r" \[[^]]*\]", "", step.text.replace("\u00a0", " "))


def test_the_advice_says_what_speaks_against_it() -> None:
    wall = replace(sample_comparison_result().pairs[0].comparison.wall_effect, verdict=Verdict.FASTER)
    stay = chosen(Choice(Decision.STAY, "httpx"))
    assert stay == "Stay with aiohttp 3.14.5: httpx 0.28.1 spends 1,491 µs of CPU per request more under this load."
    against = chosen(Choice(Decision.STAY, "httpx", wall=wall))
    assert (
        against == f"{stay[:-1].replace('3.14.5', '3.14.5 for its CPU')}, but takes {ratio(wall.ratio)} the wall time."
    )
    unlike = chosen(Choice(Decision.STAY, "httpx", unlike_loads=True))
    assert unlike == f"{stay} They did not have as many requests in flight, so part of it may be the load."
