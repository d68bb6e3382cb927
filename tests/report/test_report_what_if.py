"""A tried program, shown: the best first, losses called losses, and what failed named with its reason."""

import json
from dataclasses import replace

from clientprof.model.estimate import Verdict
from clientprof.report.experiments.what_if_wording import answer_text, together_text
from clientprof.report.exporters.summaries.what_if_summary import what_if_summary
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
    found = replace(sample_what_if(), alone=(unsure,), together=None)
    assert "Nothing that was tried saves any of it for certain (sniffio)" in answer_text(found)
    assert "Switch sniffio off" not in what_if_text(found)


def test_a_loss_of_all_together_is_called_a_loss() -> None:
    found = replace(sample_what_if(), together=tried(("sniffio", "http2"), 1.5, Verdict.SLOWER))
    text = str(together_text(found)).replace("\u00a0", " ")
    assert text.startswith("Together they lose 1,000 µs [950, 1,050] a request")
    assert "together save" not in answer_text(found)


def test_a_program_in_which_nothing_could_be_tried_says_so() -> None:
    found = replace(sample_what_if(), alone=(), together=None, unchanged_us=None, blocks=0)
    assert answer_text(found) == "Nothing was measured: none of the suspects could be tried."


def test_the_summary_is_json_with_gains_alone_and_together() -> None:
    summary = json.loads(json.dumps(what_if_summary(sample_what_if()), allow_nan=False))
    assert summary["schema"] == "clientprof.summary/1"
    what_if = summary["what_if"]
    assert [row["verdict"] for row in what_if["alone"]] == ["saves", "saves", "costs more", "failed"]
    assert what_if["together"]["suspects"] == ["sniffio", "http2", "limit=512"]
    assert what_if["not_tried"][0]["suspect"] == "aiohttp-cookie-jar"
