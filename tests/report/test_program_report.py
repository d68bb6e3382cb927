"""A program's result shown: the order of the page, its size, its summary's keys, and the first screen of the terminal."""

import io
import json
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from clientprof.model.programs.results import Answer, Limit, LoopResult, ProgramPhase, ProgramResult
from clientprof.report.exporters.summaries.program_summary import to_program_summary
from clientprof.report.exporters.summaries.summary import to_summary
from clientprof.report.pages.program_page import render_program
from clientprof.report.programs.program_lines import program_lines
from clientprof.report.programs.program_wording import busy_text
from clientprof.report.sections.program import PROGRAM_SECTIONS
from clientprof.report.terminal.programs.program import print_program
from hostile_result import poisoned
from sample_program import sample_program
from sample_result import sample_result


def _printed(result: ProgramResult, width: int = 80) -> list[str]:
    target = io.StringIO()
    print_program(result, Console(file=target, width=width))
    return [line.rstrip() for line in target.getvalue().splitlines()]


def _bare() -> ProgramResult:
    """A program that made no request and was not sampled."""
    return replace(
        sample_program(), answer=Answer(Limit.NOTHING, "The program made no request."),
        requests=0, failed=0, open=0, detailed=0, served=(),
        call_sites=(), routes=(), phases=(), loops=(), holders=(), held=(), timeouts=(), uptime=(), counters=(), settings=(),
        profile=None, layers=(), functions=(), thinning=None, unattributed_share=None, findings=(), notices=(), files={},
    )  # fmt: skip


def test_the_page_has_every_section_in_order_below_500_kb() -> None:
    page = render_program(sample_program())
    places = [page.index(f'<section id="{name}"') for name in PROGRAM_SECTIONS]
    assert places == sorted(places)
    assert list(PROGRAM_SECTIONS)[:5] == ["answer", "findings", "sites", "phases", "holders"]
    assert len(page.encode()) < 500_000


def test_the_page_gives_the_code_of_each_remedy_the_bounds_of_the_wait_and_the_leak() -> None:
    page = render_program(sample_program()).replace("\u00a0", " ")
    for said in (
        "limits = httpx.Limits(max_connections=64)\nclient =",
        "19.50 to 22.00",
        "network and server",
        "4 responses never closed, the oldest for 8.20 s",
        "through openai",
        "requests 2.34.2, blocks the loop",
        "https://api.example.org",
        "while the program answers GET /items/{number}",
        "the pool had no free connection (the program&#39;s own)",
        "Requests that the program served",
        "92.00 to 98.50",
        "91.2 % in calls that block; by layer: io 92.2 %, http 7.8 %",
        "2.00x [1.87, 2.14] each time the age doubles: truststore.SSLContext",
        "Phases rest on 700 of 1,300 requests (53.8 %)",
    ):
        assert said in page, said


def _reads_piece_by_piece() -> ProgramResult:
    """The first call site reads its answers so: of 40 ms it waits 10 for pieces and works for 30 between them."""
    result = sample_program()
    stream = ProgramPhase("stream", 40_000.0, 500.0, 1_500.0, 8_000.0, between_us=30_000.0, late_us=25_000.0, asks=12.0)
    site, *rest = result.call_sites
    return replace(result, call_sites=(replace(site, phases=(*site.phases, stream)), *rest))


def test_waiting_for_pieces_and_the_program_between_them_are_two_lines_of_the_page_and_two_figures_elsewhere() -> None:
    result = _reads_piece_by_piece()
    page = render_program(result).replace("\u00a0", " ")
    waiting, between = page.index("waiting for pieces</small>"), page.index("in the program between pieces</small>")
    assert "<b>10.00</b>" in page[waiting:between]
    assert "<b>30.00</b>" in page[between : page.index("</tr>", between)]
    assert "stream 40.0 (waiting for pieces 10.0, in the program between pieces 30.0)" in " ".join(
        line.strip() for line in _printed(result)
    )
    row = to_program_summary(result)["program"]["call_sites"][0]["phases"][-1]
    assert (row["wall_us"], row["between_us"], row["late_us"], row["asks"]) == (40_000, 30_000, 25_000, 12)
    assert "waiting for pieces</small>" not in render_program(sample_program())


def test_loops_of_processes_of_one_name_are_told_apart_by_number() -> None:
    result = sample_program()
    twice = replace(result, loops=(result.loops[0], replace(result.loops[0], process=1)))
    twice = replace(twice, processes=(result.processes[0], result.processes[0]))
    page, printed = render_program(twice), "\n".join(_printed(twice))
    for name in ("-m uvicorn (process 0), MainThread", "-m uvicorn (process 1), MainThread"):
        assert name in page
        assert f"uvloop of {name}" in printed


def test_what_a_program_has_not_is_listed_and_not_shown_empty() -> None:
    page = render_program(_bare())
    assert '<section id="sites"' not in page
    assert "Requests by call site: needs a request of a client that is known here" in page
    assert "nan" not in page.partition("<main>")[2].partition("<script")[0]


def test_the_first_screen_of_the_terminal_holds_answer_actions_and_call_sites() -> None:
    lines = _printed(sample_program())
    first = "\n".join(lines[:40])
    assert lines[1].startswith("  what  A request waits 60.0 of its 85.5 ms for a free connection.")
    assert "max_connections=64" in first
    row = next(line for line in lines if line.startswith("  app.py:41 items"))
    assert row.split()[2:] == ["1,200", "120", "80.2", "310", "7", "3"]
    below = lines[lines.index(row) + 1 :]
    assert below[:2] == ["    httpx 0.28.1, through openai", "    to https://api.example.org"]
    assert first.index("  do  ") < first.index("Requests by call site")
    assert "app.py:41 failed 7: 5 PoolTimeout, 2 ReadTimeout" in first


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_console_whatever_the_names(width: int) -> None:
    hostile = poisoned(sample_program())
    assert isinstance(hostile, ProgramResult)
    for result in (sample_program(), _bare(), replace(hostile, files={})):
        lines = [line for line in _printed(result, width) if "reports/" not in line]
        assert max(map(cell_len, lines)) <= width
        assert "\x1b" not in "".join(lines)


def test_the_last_lines_name_the_files() -> None:
    assert _printed(sample_program())[-1] == "recording  reports/20261128-run/recording.clientprof"


def _keys(value: object) -> set[str]:
    assert isinstance(value, dict)
    return set(value)


def test_the_summary_has_the_block_program_as_documented() -> None:
    summary = json.loads(json.dumps(to_program_summary(sample_program()), allow_nan=False))
    # A script that knows the summary of a trace finds every key that is not of one client.
    assert _keys(to_summary(sample_result())) - {"scenario", "floor", "selfcheck"} == _keys(summary)
    program = summary["program"]
    assert {"command", "processes", "call_sites", "routes", "holders", "timeouts", "uptime"} <= _keys(program)
    site = program["call_sites"][0]
    assert {"file", "line", "function", "client", "peer", "requests", "wall_us", "phases"} <= _keys(site)
    assert (site["file"], site["line"], site["peer"]) == ("app.py", 41, "https://api.example.org")
    assert site["wall_us"] == {"value": 85500.0, "low": None, "high": None, "unit": "us", "n": 1200}
    assert (program["timeouts"][0]["type"], program["timeouts"][0]["verdict"]) == ("PoolTimeout", "pool")
    assert summary["findings"][0]["code"].startswith("limits =")


def test_other_summaries_say_null() -> None:
    assert to_summary(sample_result())["program"] is None


def test_the_summary_of_a_program_without_requests_is_json() -> None:
    program = json.loads(json.dumps(to_program_summary(_bare()), allow_nan=False))["program"]
    assert (program["call_sites"], program["thinning"], program["unattributed_share"]) == ([], None, None)


def test_a_loop_s_busy_share_is_that_of_the_answer_and_the_other_is_told_beside_it() -> None:
    loop = LoopResult(0, "MainThread", "asyncio", 0.559, 1.0, None, busy_share_in_flight=0.981)
    assert plain(busy_text(loop)) == "busy 98.1 % while requests were in flight (55.9 % of all the time)"
    assert plain(busy_text(replace(loop, busy_share_in_flight=0.559))) == "busy 55.9 %"
    assert plain(busy_text(replace(loop, busy_share_in_flight=None))) == "busy 55.9 %"


def test_what_takes_time_beside_a_slow_server_is_not_told_as_its_reason() -> None:
    result = sample_program()
    slow = replace(result, answer=replace(result.answer, limit=Limit.SERVER))
    for shown, beside in ((slow, True), (result, False)):
        assert [line.startswith("Beside the server: ") for line in program_lines(shown).why] == [beside] * len(
            program_lines(result).why
        )
    assert program_lines(result).why


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")
