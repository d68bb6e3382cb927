"""A tried program, shown: the best first, losses called losses, and what failed named with its reason."""

import json
from dataclasses import replace

from clientprof.model.estimate import Verdict
from clientprof.model.experiments.what_if import Tried
from clientprof.report.experiments.what_if_wording import answer_text, together_texts
from clientprof.report.exporters.summaries.what_if_summary import what_if_summary
from clientprof.report.pages.what_if_page import what_if_page
from clientprof.report.terminal.experiments.what_if import what_if_text
from sample_what_if import sample_what_if, tried


def test_the_answer_begins_with_what_saves_most_and_leaves_out_what_does_not() -> None:
    text = answer_text(sample_what_if()).replace("\u00a0", " ")
    assert text == (
        "uvicorn (4 arguments) takes 2,000 µs of CPU per request. http2 saves 50.0 % [49.0, 51.0] of that; "
        "sniffio 20.0 % [19.0, 21.0]. All 3 together save 40.0 % [39.0, 41.0]."
    )


def test_the_terminal_fits_80_columns_and_names_what_failed_and_why() -> None:
    text = what_if_text(sample_what_if())
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    assert "limit=512 2,800 -800" in words
    assert "costs more" in words
    assert "uvloop with it alone, the program ended with exit code 1: no such loop" in words
    assert "aiohttp-cookie-jar the program made no request by aiohttp" in words


def test_where_nothing_is_certain_nothing_is_advised() -> None:
    unsure = tried(("sniffio",), 0.9, Verdict.NO_VERDICT)
    found = replace(sample_what_if(), alone=(unsure,), together=())
    assert "Nothing that was tried saves any of it alone for certain (sniffio)" in answer_text(found)
    assert "Switch sniffio off" not in what_if_text(found)


def test_each_set_at_once_has_its_verdict_with_gain_interval_and_the_program_against_itself() -> None:
    gains, loses = (text.replace("\u00a0", " ") for text in together_texts(sample_what_if()))
    assert gains == (
        "All 3 together (sniffio + http2 + limit=512) save 40.0 % [39.0, 41.0] of the CPU, 800 µs [760, 840] a request; "
        "the program against itself (A/A): 1.002x [0.994, 1.010]. Alone, their gains add up to 600 µs [570, 630]. "
        "They help each other."
    )
    assert loses.startswith(
        "All but http2 together (sniffio + limit=512) cost 20.0 % [19.0, 21.0] more CPU, 400 µs [380, 420] a request; "
    )


def test_a_set_without_a_verdict_says_why_and_one_that_crashed_too() -> None:
    unsure = tried(("sniffio", "http2"), 0.9, Verdict.NO_VERDICT)
    found = replace(sample_what_if(), together=(unsure, Tried(("sniffio", "uvloop"), reason="the program ended")))
    first, second = (text.replace("\u00a0", " ") for text in together_texts(found))
    assert first.startswith(
        "All but limit=512 together (sniffio + http2): no verdict (why); 10.0 % [9.0, 11.0] of the CPU saved"
    )
    assert second == "All but http2, limit=512 together (sniffio + uvloop): the program ended."
    assert "together save" not in answer_text(found)


def test_what_gains_only_together_is_in_the_answer() -> None:
    unsure = tuple(tried((name,), 0.99, Verdict.NO_DIFFERENCE) for name in ("a", "b"))
    found = replace(sample_what_if(), alone=unsure, together=(tried(("a", "b"), 0.5, Verdict.FASTER),))
    assert answer_text(found).endswith("alone for certain (a, b). All 2 together save 50.0\u00a0% [49.0, 51.0].")


def test_the_page_has_a_row_for_each_set_and_one_for_the_program_against_itself() -> None:
    page = what_if_page(sample_what_if())
    assert "as it is, again (A/A)" in page
    assert ">all 3</th>" in page
    assert ">all but http2</th>" in page


def test_a_program_in_which_nothing_could_be_tried_says_so() -> None:
    found = replace(sample_what_if(), alone=(), together=(), unchanged_us=None, blocks=0)
    assert answer_text(found) == "Nothing was measured: none of the suspects could be tried."


def test_the_summary_is_json_with_gains_alone_and_together() -> None:
    summary = json.loads(json.dumps(what_if_summary(sample_what_if()), allow_nan=False))
    assert summary["schema"] == "clientprof.summary/1"
    what_if = summary["what_if"]
    assert [row["verdict"] for row in what_if["alone"]] == ["saves", "saves", "costs more", "failed"]
    both = what_if["together"][0]
    assert both["suspects"] == ["sniffio", "http2", "limit=512"]
    assert both["verdict"] == "saves"
    assert both["measured_gain"]["low"] == 760
    assert both["aa_ratio"]["value"] == 1.002
    assert both["sum_of_gains_us"]["value"] == 600
    assert what_if["not_tried"][0]["suspect"] == "aiohttp-cookie-jar"
