"""The terminal view fits 80 columns, carries no control codes into a pipe, and ends with the files."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from clientprof.model.findings import Notice
from clientprof.model.results import TraceResult
from clientprof.report.terminal import print_result
from clientprof.report.terminal.layout import keep_end
from hostile_result import hostile_result
from partial_results import partial_results
from sample_result import sample_result

_PARTIAL = partial_results()


def _printed(result: TraceResult, width: int = 80) -> str:
    target = io.StringIO()
    print_result(result, Console(file=target, width=width))
    return target.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    text = _printed(sample_result(), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("name", list(_PARTIAL))
def test_partial_result_prints_within_80_columns(name: str) -> None:
    text = _printed(_PARTIAL[name])
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    assert "nan" not in text


def test_headline_names_both_clients_ratio_interval_verdict_and_aa() -> None:
    text = " ".join(_printed(sample_result()).split())
    assert "httpx 0.28.1 spends 22.3x [21.8, 22.9] the CPU of aiohttp 3.14.5 per request" in text
    assert "verdict httpx 0.28.1: slower" in text
    assert "A/A 1.00x [0.99, 1.01]" in text


def test_the_floor_stands_beside_both_clients() -> None:
    lines = _printed(sample_result()).splitlines()
    (row,) = [line.split() for line in lines if "relative to floor" in line]
    assert row == ["relative", "to", "floor", "99.4x", "4.45x"]
    (said,) = [line for line in lines if line.split()[:1] == ["floor"]]
    assert "15.5 µs of CPU per request, about the least that Python can do" in said
    assert "floor" not in _printed(replace(sample_result(), floor=None))


def test_five_functions_with_calls_per_request_are_shown() -> None:
    lines = _printed(sample_result()).splitlines()
    start = next(index for index, line in enumerate(lines) if "Most costly functions" in line)
    figures = [line for line in lines[start + 2 : lines.index("", start)] if line.split()[0][0].isdigit()]
    assert len(figures) == 5
    assert "_assign_requests_to_connections" in "".join(lines)


def test_what_is_missing_is_said() -> None:
    text = " ".join(_printed(_PARTIAL["bare_client"]).split())
    assert "Not measured for httpx 0.28.1: headline times (lens control), CPU by layer (lens sample)" in text
    assert "The run was cut short" in _printed(_PARTIAL["cut_short"])


def test_cold_round_is_shown_always_with_both_counts_where_they_differ() -> None:
    result = sample_result()
    without_tls = tuple(
        replace(client, cold=replace(client.cold, handshakes=0, handshakes_by_origin=0), tls=None)
        for client in result.clients
        if client.cold
    )
    for text in (_printed(result), _printed(replace(result, clients=without_tls))):
        assert "Cold round" in text
        assert "412, origin's log 409" in text
        assert "3 ConnectTimeout" in text
    assert "handshakes" in _printed(result)
    assert "handshakes" not in _printed(replace(result, clients=without_tls))


def test_wait_for_a_connection_is_passed_on_in_the_headline() -> None:
    text = " ".join(_printed(sample_result()).split())
    assert "of a request; what delayed the requests that had one: pool 32.5 %, import 27.1 %, server 10.0 %" in text


def test_causes_show_their_cost_whole_and_wrap_the_title() -> None:
    text = _printed(sample_result())
    findings = text[text.index("Causes") : text.index("Warnings")]
    assert "562.4 µs  " in findings
    assert "connects four times as often as needed" in " ".join(findings.split())
    assert "…" not in findings


def test_warnings_take_two_lines_each_and_leave_the_rest_to_the_report() -> None:
    lines = _printed(sample_result()).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("Warnings"))
    warnings = lines[start + 1 : lines.index("", start)]
    assert [line[2] for line in warnings] == ["!", " ", "!", " "]
    text = " ".join(" ".join(warnings).split())
    assert "Repeat on a quiet machine" in text
    assert "No other boundary is concerned." in text
    assert "lists what was found" not in text


def test_sum_of_layers_stands_beside_the_control_and_not_among_the_warnings() -> None:
    result = sample_result()
    first = replace(result.clients[0], layers=result.clients[0].layers[:4])
    differing = Notice("layers-differ-from-control", "The layers add up to less.", "")
    text = _printed(replace(result, clients=(first, result.clients[1]), notices=(differing,)))
    rows = {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line.strip()}
    assert rows["sum"] == "sum 792.6 -48.5 % vs control 69.0 +0.0 % vs control"
    assert rows["control"] == "control 1,540.0 69.0"
    assert "add up to less" not in text
    assert "separate processes, no two of which cost the same" in " ".join(text.split())


def test_last_lines_name_the_files_uncut() -> None:
    result = sample_result()
    lines = _printed(result, 40).splitlines()[-3:]
    assert [line.split()[-1] for line in lines] == list(result.files.values())


def test_hostile_text_neither_drives_the_terminal_nor_is_read_as_markup() -> None:
    text = _printed(hostile_result())
    assert not {"\x1b", "\x00", "\u202e", "\u2028"} & set(text)
    assert "[bold]" in text


def test_terminal_without_unicode_gets_ascii_only() -> None:
    raw = io.BytesIO()
    target = io.TextIOWrapper(raw, encoding="ascii")
    print_result(sample_result(), Console(file=target, width=80))
    target.flush()
    assert "##" in raw.getvalue().decode("ascii")


def test_long_name_keeps_its_end() -> None:
    assert keep_end("Pool._assign", 20) == "Pool._assign"
    assert keep_end("AsyncConnectionPool._assign", 12) == "…_assign"
    assert keep_end("abcdefghij", 4) == "…hij"


def test_tls_is_told_part_by_part_with_how_often_each_was_done() -> None:
    text = _printed(sample_result())
    assert "TLS, part by part" in text
    assert re.search(r"trust store loaded +17,900\.0 µs x 1\b", text)
    assert re.search(r"handshakes, resumed +409, 3\b", text)
    assert "+0.02 [-0.01, 0.05]" in text
