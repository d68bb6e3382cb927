"""Waterfall and loop over time as text: packed without loss, chosen and folded openly, a table for every picture."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.timeline import ShownRound, Timeline, TimelineSpan
from clientprof.model.results import TraceResult
from clientprof.report.ledger.loop_time_section import loop_time_section
from clientprof.report.ledger.packed_timelines import packed_timelines
from clientprof.report.ledger.round_wording import which_requests
from clientprof.report.ledger.waterfall_section import thinned, waterfall_section
from clientprof.report.pages.trace_page import render
from clientprof.report.writing.packed_numbers import packed_numbers
from packed_reader import read_numbers, read_timelines
from partial_results import partial_results
from sample_ledger import AIOHTTP_PACE, HTTPX_PACE, sample_ledger
from sample_result import AIOHTTP_LAYERS_US, HTTPX_LAYERS_US, sample_result


@given(st.lists(st.integers(0, 2**40)))
def test_packed_numbers_can_be_read_back(values: list[int]) -> None:
    assert list(read_numbers(packed_numbers(values))) == values


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        packed_numbers([1, -1])


def test_packed_timelines_give_back_every_span_state_and_blame() -> None:
    lines = sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US, requests=130, failed=3).timelines
    assert read_timelines(packed_timelines(lines)) == list(lines)


def test_long_rounds_are_packed_in_hundredths_of_a_millisecond_that_still_add_up() -> None:
    lines = sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US).timelines
    data = packed_timelines(lines)
    assert data["unit_us"] == 10
    for line, packed in zip(lines, read_timelines(data), strict=True):
        assert abs(packed.end_us - line.end_us) < 10
        assert packed.running_us is not None
        assert abs(packed.running_us - (line.running_us or 0)) < 10 * len(line.spans)
        assert abs(sum(packed.blame.values()) - sum(line.blame.values())) < 10


def test_lines_without_states_are_packed_without_any() -> None:
    bare = [_bare(line) for line in sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US, requests=9).timelines]
    assert read_timelines(packed_timelines(bare)) == bare


def _bare(line: Timeline) -> Timeline:
    spans = tuple(TimelineSpan(span.phase, span.start_us, span.end_us) for span in line.spans)
    return replace(line, spans=spans, blame={})


def test_timelines_are_thinned_evenly_with_first_and_last() -> None:
    lines = sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US).timelines
    some = thinned(lines, 24)
    assert (len(some), some[0], some[-1]) == (24, lines[0], lines[-1])
    assert thinned(lines[:5], 24) == list(lines[:5])


def _ledger(requests: int, shown: ShownRound) -> Ledger:
    made = sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US, requests=8)
    return replace(made, requests=requests, shown=shown)


@pytest.mark.parametrize(
    ("requests", "shown", "said"),
    [
        (8, ShownRound(1, 9, 8), "All 8 requests of the only warm round."),
        (
            80,
            ShownRound(10, 9, 8),
            "All 8 requests of the last of 10 warm rounds. The tables of phases count all 80 requests of the warm rounds.",
        ),
        (
            200,
            ShownRound(2, 9, 100, 3, 1),
            "8 of the 100 requests of the last of 2 warm rounds: the 3 slowest, 1 that failed, the others evenly "
            "spaced by start. The tables of phases count all 200 requests of the warm rounds.",
        ),
    ],
)
def test_what_is_not_shown_is_said(requests: int, shown: ShownRound, said: str) -> None:
    assert which_requests(_ledger(requests, shown)) == said


def _first(result: TraceResult, ledger: Ledger) -> TraceResult:
    return replace(result, clients=(replace(result.clients[0], ledger=ledger),), comparisons=())


def _text(section: str | None) -> str:
    assert section is not None
    return section.replace("\u00a0", " ")


def test_requests_can_be_ordered_by_start_total_state_and_every_phase_there_is() -> None:
    text = _text(waterfall_section(sample_result()))
    options = re.findall(r'<option value="([^"]+)"', text.partition('id="waterfall-1-order"')[0])
    assert options[:6] == ["start", "total", "connection", "state:running", "state:ready", "state:waiting"]
    assert options[6:9] == ["phase:prepare", "phase:pool", "phase:send"]
    assert "phase:dns" not in options


def test_the_table_beside_the_waterfall_has_states_phases_and_culprits() -> None:
    text = _text(waterfall_section(sample_result()))
    row = text.partition("<tbody>")[2].partition("</tr>")[0]
    assert '<th scope="row">0</th>' in row
    assert re.search(r"<td>pool \d+\.\d\d, import \d+\.\d\d, concurrency \d+\.\d\d</td>", row)
    assert text.count("<tbody>") == 2


def test_every_series_of_the_loop_s_picture_stands_in_its_table() -> None:
    text = _text(loop_time_section(sample_result()))
    table = text.partition("<thead>")[2].partition("</thead>")[0]
    for title in ("loop idle", "pool", "callbacks ready to run", "active", "idle", "in flight", "at the origin"):
        assert f">{title}<" in table
    assert text.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>") == 10


def test_what_the_loop_s_layers_rest_on_is_said() -> None:
    result = sample_result()
    text = _text(loop_time_section(result))
    assert "rests on 812 samples, each part by itself." in text
    ledger = result.clients[0].ledger
    assert ledger is not None
    assert ledger.over_time is not None
    few = replace(ledger, over_time=replace(ledger.over_time, samples=1, group=60))
    assert "rests on 1 sample, 60 parts at a time." in _text(loop_time_section(_first(result, few)))


def test_threads_and_unseen_loops_say_what_they_have_not() -> None:
    ledger = sample_result().clients[0].ledger
    assert ledger is not None
    assert ledger.over_time is not None
    gone = {"busy": None, "idle": None, "queue": None, "unused": None, "at_origin": None}
    parts = {name: replace(getattr(ledger.over_time, name), **gone) for name in ("fine", "coarse")}
    bare = replace(
        ledger,
        over_time=replace(ledger.over_time, samples=None, **parts),
        timelines=tuple(map(_bare, ledger.timelines)),
    )
    unseen = _first(sample_result(), bare)
    text = _text(loop_time_section(unseen))
    assert "Nothing saw the steps of this event loop: its layers and its queue are not known." in text
    assert "how many stood open without a request is not known" in text
    assert "The server gave no stamps that could be used" in text
    assert "loop busy" not in text
    assert "states and blame are not known" in _text(waterfall_section(unseen))
    threads = _first(sample_result(), replace(bare, threads=64))
    assert "64 threads, no event loop" in _text(loop_time_section(threads))
    assert "samples do not tell which thread had the interpreter" in _text(waterfall_section(threads))


def test_a_ledger_without_timelines_or_course_has_neither_picture() -> None:
    ledger = replace(_ledger(8, ShownRound(1, 9, 8)), timelines=(), over_time=None)
    page = render(_first(sample_result(), ledger))
    assert '<section id="waterfall"' not in page
    assert "The loop over time: needs the lens ledger" in page
    assert "The loop over time: needs the lens ledger" in render(partial_results()["no_ledger"])


def test_one_request_has_both_pictures() -> None:
    page = render(_first(sample_result(), sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US, requests=1))).replace(
        "\u00a0", " "
    )
    assert "The request of the last of 10 warm rounds." in page
    assert 'id="loop-0-canvas"' in page


def test_both_pictures_of_512_requests_of_two_clients_stay_below_140_kb() -> None:
    sections = (waterfall_section(sample_result()), loop_time_section(sample_result()))
    assert sum(len(_text(section)) for section in sections) < 140_000
