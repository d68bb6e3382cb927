"""A matrix on the page, on the terminal and in the summary says the same, and calls nothing faster under another load."""

import io
import json

from rich.console import Console

from clientprof.report.exporters.summaries.matrix_summary import matrix_summary
from clientprof.report.matrices.matrix_wording import answer_text, no_verdicts, verdict_word
from clientprof.report.pages.matrix_page import render_matrix
from clientprof.report.terminal.matrix import print_matrix
from sample_matrix import sample_matrix


def test_each_load_has_its_own_least_and_most() -> None:
    text = answer_text(sample_matrix()).replace("\u00a0", " ")
    assert (
        "httpx2==2.15.1 on Python 3.12 under c64/1k takes the least CPU: 296 µs per request, 0.74x [0.73, 0.75]" in text
    )
    assert "; httpx2==2.3.0 on Python 3.11 under c64/1k the most: 400 µs per request." in text
    assert "under c512/1k/tls takes the least CPU: 690 µs" in text


def test_under_another_load_there_is_a_ratio_and_no_verdict() -> None:
    words = {(each.cell.client, each.cell.python, each.cell.load): verdict_word(each) for each in sample_matrix().cells}
    assert words["httpx2==2.3.0", "3.11", "c64/1k"] == "the first cell"
    assert words["httpx2==2.3.0", "3.12", "c64/1k"] == "faster"
    assert words["httpx2==2.15.1", "3.11", "c64/1k"] == "no difference shown"
    assert {word for (_, _, load), word in words.items() if load != "c64/1k"} == {"another load"}
    assert no_verdicts(sample_matrix()) == (("httpx2==2.15.1 on Python 3.12 under c64/1k", "drift"),)


def test_page_terminal_and_summary_name_every_cell_and_host() -> None:
    result = sample_matrix()
    stream = io.StringIO()
    print_matrix(result, Console(file=stream, width=80, color_system=None))
    summary = json.loads(json.dumps(matrix_summary(result), allow_nan=False))
    assert len(summary["matrix"]["cells"]) == 8
    assert summary["matrix"]["cells"][0]["cpu_ratio"] is None
    assert [host["name"] for host in summary["matrix"]["hosts"]] == ["host 1", "host 2"]
    for text in (stream.getvalue(), render_matrix(result)):
        for found in ("httpx2==2.15.1", "c512/1k/tls", "host 2", "another load", "8 blocks on 2 hosts"):
            assert found in text.replace("\u00a0", " "), found
    assert max(map(len, stream.getvalue().splitlines())) <= 80
