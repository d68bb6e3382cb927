"""Memory in a sentence, on page and terminal, and in the summary."""

from dataclasses import replace

import pytest

from clientprof.report.costs.memory_section import memory_section
from clientprof.report.exporters.summaries.memory_summary import memory_summary
from clientprof.report.writing.figures import ABSENT
from clientprof.report.writing.memory_wording import against, layer_rows, measured, memory_sentence, size
from clientprof.report.writing.wording import client_name
from partial_results import partial_results
from sample_memory import sample_memory
from sample_result import sample_result

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("held", "text"), [(None, ABSENT), (0.4, "<1 B"), (-293, "-293 B"), (5_640, "5.6 kB"), (51_400_000, "51.4 MB")]
)
def test_bytes_are_told_in_the_unit_that_fits(held: float | None, text: str) -> None:
    assert size(held).replace(NBSP, " ") == text


def test_a_sentence_gives_the_figure_and_the_layer_that_holds_most() -> None:
    memory = sample_memory()
    memory.self_check()
    sentence = memory_sentence(sample_result().clients[0], memory).replace(NBSP, " ")
    assert sentence == "httpx 0.28.1: 512 requests in flight cost 40.0 kB each, 60.0 % of it in http."


def test_bytes_are_held_against_those_of_the_baseline_where_both_are_known() -> None:
    memory = sample_memory()
    result = sample_result()
    held = [replace(memory, per_request=memory.per_request / 4), memory]
    both = tuple(replace(client, memory=each) for client, each in zip(result.clients, held, strict=False))
    (line,) = against(replace(result, clients=both), both[0].name)
    assert line == f"A request in flight costs {client_name(both[1])} 4.0x the bytes of {client_name(both[0])}."
    assert against(replace(result, clients=both[:1]), both[0].name) == []
    assert against(replace(result, clients=both), "another") == []


def test_shares_add_up_to_all_and_what_is_freed_has_none() -> None:
    rows = layer_rows(measured(sample_result()))
    assert [row[0] for row in rows] == ["app", "api", "http", "io", "all layers"]
    assert rows[3][1:] == [f"-700{NBSP}B", f"0{NBSP}%"]
    assert sum(float(row[2].partition(NBSP)[0]) for row in rows[:-1]) == pytest.approx(100, abs=0.2)


def test_page_and_summary_hold_layers_and_functions_and_nothing_without_the_lens() -> None:
    page = str(memory_section(sample_result()))
    for text in ("512 requests in flight cost", "Connection.__init__", "an idle connection", "garbage in cycles"):
        assert text in page
    summary = memory_summary(sample_memory())
    assert summary is not None
    assert summary["bytes_per_request"] == 40_000.0
    assert memory_section(partial_results()["bare_client"]) is None
    assert memory_summary(None) is None
