"""The terminal view fits 80 columns, carries no control codes into a pipe, and ends with the files."""

import io

import pytest
from hostile_result import hostile_result
from partial_results import partial_results
from rich.cells import cell_len
from rich.console import Console
from sample_result import sample_result

from clientprof.model.results import TraceResult
from clientprof.report.terminal import print_result
from clientprof.report.terminal.layout import keep_end

_PARTIAL = partial_results()


def _printed(result: TraceResult, width: int = 80) -> str:
    target = io.StringIO()
    print_result(result, Console(file=target, width=width))
    return target.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    assert max(cell_len(line) for line in _printed(sample_result(), width).splitlines()) <= width


@pytest.mark.parametrize("name", list(_PARTIAL))
def test_partial_result_prints_within_80_columns(name: str) -> None:
    text = _printed(_PARTIAL[name])
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "nan" not in text


def test_headline_names_both_clients_ratio_interval_verdict_and_aa() -> None:
    text = " ".join(_printed(sample_result()).split())
    assert "httpx 0.28.1 spends 22.3x [21.8, 22.9] the CPU of aiohttp 3.14.5 per request" in text
    assert "verdict httpx 0.28.1: slower" in text
    assert "A/A 1.00x [0.99, 1.01]" in text


def test_five_functions_with_calls_per_request_are_shown() -> None:
    lines = _printed(sample_result()).splitlines()
    start = next(index for index, line in enumerate(lines) if "Most costly functions" in line)
    assert len(lines[start + 2 : lines.index("", start)]) == 5
    assert "_assign_requests_to_connections" in "".join(lines)


def test_what_is_missing_is_said() -> None:
    text = " ".join(_printed(_PARTIAL["bare_client"]).split())
    assert "Not measured for httpx 0.28.1: headline times (lens control), CPU by layer (lens sample)" in text
    assert "The run was cut short" in _printed(_PARTIAL["cut_short"])


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
