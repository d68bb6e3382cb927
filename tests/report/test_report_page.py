"""The page as text: one file without network, small, readable without scripts, honest about what is missing."""

import re
from dataclasses import replace

import pytest

from clientprof.model.layers import Layer
from clientprof.model.results import TraceResult
from clientprof.report.costs.memory_section import memory_section
from clientprof.report.pages.document import absent
from clientprof.report.pages.trace_page import render
from clientprof.report.sections import Section
from clientprof.report.sections.trace import SECTIONS
from clientprof.report.writing.assets import FOLDER
from clientprof.report.writing.figures import ABSENT, count, decimal, interval, ratio_full
from clientprof.report.writing.palette import LAYER_COLOUR, PHASE_COLOUR, layer_ink
from clientprof.report.writing.wording import LayerSum, layer_sum
from partial_results import partial_results
from sample_result import estimate, sample_result

_PARTIAL = partial_results()


def test_sample_passes_the_self_checks_of_the_model() -> None:
    for client in sample_result().clients:
        assert client.ledger is not None
        assert client.profile is not None
        client.ledger.self_check()
        client.profile.root.self_check()


def test_page_holds_every_section_in_order_and_stays_below_500_kb() -> None:
    page = render(sample_result())
    places = [page.index(f'<section id="{name}"') for name in SECTIONS]
    assert places == sorted(places)
    assert len(page.encode()) < 500_000


def test_page_names_no_address_but_links_that_a_reader_may_follow() -> None:
    page = render(sample_result())
    loaded = re.findall(r' (?:src|srcset|data|action|poster)="([^"]*)"|url\(([^)]*)\)|@import', page)
    assert loaded == []
    assert set(re.findall(r'<link[^>]*href="([^"]*)"', page)) == {"data:,"}
    assert "default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;unsafe-inline&#39;" in page


def test_answer_states_figure_interval_load_and_verdict() -> None:
    page = render(sample_result()).replace("\u00a0", " ")
    assert (
        "22.3x</strong> [21.8, 22.9] the CPU of aiohttp 3.14.5 per request with 512 requests at once (load c512/1k)"
        in page
    )
    assert "httpx 0.28.1: slower" in page
    assert "1.00x [0.99, 1.01] for aiohttp compared with itself" in page


def test_answer_passes_the_wait_for_a_connection_on_to_what_its_holders_did() -> None:
    text = _section("answer").replace("\u00a0", " ")
    assert "is waiting for a connection. What delayed the requests that had one: pool 32.5 %" in text


def test_answer_sets_the_first_round_beside_a_later_one() -> None:
    said = (
        "The first round of a new httpx 0.28.1 client took 1.90 s, a later one 812 ms "
        "(409 connections opened, at most 100 at once; failed: 3 ConnectTimeout)."
    )
    assert said in _section("answer").replace("\u00a0", " ")


def test_warnings_stand_below_the_headline_in_one_sentence_each() -> None:
    answer = _section("answer")
    assert answer.index('aria-label="Headline"') < answer.index('aria-label="Warnings"')
    assert "the layer around it." in answer.replace("<wbr>", "")
    assert "No other boundary is concerned." not in answer


def test_matrix_has_a_row_for_the_wait_for_a_connection_with_columns_for_what_is_no_layer() -> None:
    matrix = _section("matrix")
    assert matrix.count("</i>pool: waiting for a connection</span>") == 2
    heads = re.findall(r'<th scope="col"[^>]*>([a-z]+)<', matrix)
    assert heads[: heads.index("nobody") + 1][-2:] == ["server", "nobody"]
    assert "Server: they waited for the server; nobody: nobody held a connection." in matrix


def test_cold_round_marks_where_client_and_origin_differ() -> None:
    cold = _section("cold")
    assert cold.count("differs from the client") == 2
    assert "3 ConnectTimeout" in cold
    assert "812.0" in cold


def test_cold_round_without_tls_says_nothing_of_handshakes() -> None:
    result = sample_result()
    clients = (replace(client, cold=replace(client.cold, handshakes=0, handshakes_by_origin=0))
               for client in result.clients if client.cold)  # fmt: skip
    text = SECTIONS["cold"].render(replace(result, clients=tuple(clients)))
    assert text is not None
    assert "andshake" not in text


def test_finding_without_culprits_has_no_label_for_them_and_code_is_set_as_code() -> None:
    articles = _section("findings").split('class="finding"')[1:]
    assert ["<dt>Where</dt>" in article for article in articles] == [True, True, False]
    assert "<code>pip install sniffio</code>" in articles[1]


def test_layers_end_with_their_sum_beside_the_control() -> None:
    first = sample_result().clients[0]
    assert layer_sum(first) == LayerSum("1,540.0", "1,540.0", "+0.0\u00a0%")
    assert layer_sum(replace(first, layers=first.layers[:3])).apart.startswith("-")
    assert layer_sum(replace(first, control=None)) == LayerSum("1,540.0", "\u2013", "")
    assert _section("layers").index("sum of layers") < _section("layers").index(">control<")


def test_counters_show_every_unit_apart_from_the_name() -> None:
    counters = _section("counters")
    for title, unit in (
        ("gc", "µs per request"),
        ("connections opened, under the count lens", "per 1000 requests"),
        ("pool passes", "per request"),
    ):
        assert f'{title} <span class="quiet">{unit}</span>' in counters


def test_time_without_computing_names_kind_function_what_it_stood_in_and_its_share() -> None:
    text = _section("off_cpu")
    waited, blocked = (row for row in text.split("<tr>") if "<td" in row)
    for said in ("awaited", "AnyIOStream.read", "asyncio.locks.Event.wait", "server", "6,120.0", "[5,997.6, 6,242.4]"):
        assert said in waited
    assert "2.1\u00a0%" in waited
    # What is not known is a dash, and not 0.
    assert ("blocked" in blocked, "time.sleep" in blocked, blocked.count(ABSENT)) == (True, True, 2)


def test_waits_without_a_function_are_shown_as_the_rest() -> None:
    result = sample_result()
    rest = replace(
        result.clients[0].off_cpu[0],
        layer=Layer.OTHER,
        module="",
        function="",
        file="",
        by="",
        phase=None,
        share=0.0001,
    )
    text = SECTIONS["off_cpu"].render(replace(result, clients=(replace(result.clients[0], off_cpu=(rest,)),)))
    assert text is not None
    assert "everything else" in text
    assert "6,120.0" in text


def test_without_such_rows_the_page_says_what_they_need() -> None:
    page = render(_PARTIAL["no_ledger"])
    assert "Time without computing: needs the lens ledger and asyncio&#39;s event loop" in page


def _section(name: str) -> str:
    text = SECTIONS[name].render(sample_result())
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_baseline", "No baseline was measured."),
        ("no_ledger", "Waterfall: needs the lens ledger"),
        ("no_sample", "Not measured for httpx 0.28.1: CPU by layer (lens sample), call tree (lens sample)."),
        ("no_success", "succeeded with 512 requests at once (load c512/1k): 512 PoolTimeout."),
        ("some_failures", "PoolTimeout"),
        ("cut_short", "The run was cut short."),
        ("bare_client", "so there is no headline figure."),
        ("no_client", "No client was measured."),
    ],
)
def test_partial_result_renders_and_says_what_it_has_not(name: str, said: str) -> None:
    page = render(_PARTIAL[name]).replace("\u00a0", " ").replace("</strong>", "")
    assert said in page
    assert "nan" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)


def test_a_section_without_data_is_listed_instead_of_shown_empty() -> None:
    page = render(_PARTIAL["bare_client"])
    assert '<section id="flame"' not in page
    assert "Flame graphs: needs the lens sample" in page


def test_text_on_every_layer_colour_reaches_contrast_4_5() -> None:
    for layer in Layer:
        assert _contrast(LAYER_COLOUR[layer], layer_ink(layer)) >= 4.5, layer


def test_every_layer_has_a_colour_of_its_own() -> None:
    assert len(set(LAYER_COLOUR.values())) == len(Layer)
    assert len(set(PHASE_COLOUR.values())) == len(PHASE_COLOUR)


def test_no_asset_can_end_its_own_element() -> None:
    texts = [file.read_text(encoding="utf-8").lower() for folder in FOLDER.iterdir() for file in folder.iterdir()]
    assert len(texts) > 20
    for text in texts:
        assert "</script" not in text
        assert "<!--" not in text
        assert "</style" not in text


def test_figures_say_small_absent_and_nothing_apart() -> None:
    assert [decimal(0.001), decimal(None), decimal(0.0), decimal(-1e-12), decimal(1540.24)] == [
        "<0.1",
        "\u2013",
        "0",
        "0",
        "1,540.2",
    ]
    assert [count(14.2), count(5630.0), count(0.0196), count(2.0)] == ["14.20", "5,630", "0.020", "2"]
    assert ratio_full(estimate(15.2, "x")) == "15.2x [14.9, 15.5]"
    assert interval(estimate(0.4)) == ""


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two ``#rrggbb`` colours."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_partial_result_is_a_result() -> None:
    assert all(isinstance(result, TraceResult) for result in _PARTIAL.values())


def test_what_is_not_in_the_report_is_listed_with_what_it_needs_where_that_is_known() -> None:
    shown = absent([Section("Memory", memory_section, "the lens memory"), Section("Hosts", memory_section)])
    assert shown is not None
    assert "<li>Memory: needs the lens memory</li><li>Hosts</li>" in shown
    assert absent([]) is None
