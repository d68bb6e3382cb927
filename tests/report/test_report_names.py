"""How clients, ratios, costs near nothing, threads and settings are written on the page."""

import re
from dataclasses import replace

import pytest

from clientprof.model.results import TraceResult
from clientprof.report.costs.answer_section import answer_section
from clientprof.report.differences.gap_section import signed
from clientprof.report.sections.trace import SECTIONS
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.page_parts import place, threads
from clientprof.report.writing.wording import floor_sentence
from page_kinds import page_of
from sample_result import sample_result


def _used_in_two_ways() -> TraceResult:
    """The sample with a third client, which is the first one used in another way."""
    whole = sample_result()
    first, base = whole.clients
    (comparison,) = whole.comparisons
    other = replace(first, name="httpx, new each")
    effects = {
        "effect": replace(comparison.effect, candidate=other.name),
        "wall_effect": replace(comparison.wall_effect, candidate=other.name),
    }
    return replace(
        whole, clients=(first, other, base), comparisons=(comparison, replace(comparison, gap=(), **effects))
    )


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("httpx", "httpx 0.28.1"),
        ("httpx, new each", "httpx 0.28.1 (new each)"),
        ("httpx==0.28.1", "httpx==0.28.1"),
        ("httpx@py3.14", "httpx 0.28.1 on py3.14"),
        ("httpx@1a2b3c4d5-dirty@py3.14", "httpx@1a2b3c4d5-dirty on py3.14"),
        ("httpx+httpcore@1a2b3c4d5", "httpx+httpcore@1a2b3c4d5 0.28.1"),
        ("httpx==0.28.1+sniffio@py3.13.0 (2)", "httpx==0.28.1+sniffio on py3.13.0 (2)"),
    ],
)
def test_the_version_stands_beside_the_client_and_the_way_it_is_used_in_brackets(name: str, title: str) -> None:
    assert replace(sample_result().clients[0], name=name).title == title


def test_ratios_of_several_clients_stand_each_below_its_own_figure() -> None:
    answer = answer_section(_used_in_two_ways()).replace("\u00a0", " ")
    (cpu, wall) = re.findall(
        r"<tr><th scope=\"row\">[^<]*<small>times that of aiohttp 3.14.5</small></th>(.*?)</tr>", answer
    )
    for row in (cpu, wall):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
        assert [cell.partition("x ")[0].replace(".", "").isdigit() for cell in cells] == [True, True, False]
        assert cells[2] == ""
    assert ">Ratio<" not in answer
    assert ">Ratio<" in answer_section(sample_result())


def test_every_client_is_told_with_its_rounds_and_brackets_only_where_there_are_some() -> None:
    whole = _used_in_two_ways()
    *others, base = whole.clients
    assert base.control is not None
    longer = replace(base, control=replace(base.control, rounds=41))
    said = answer_section(replace(whole, clients=(*others, longer))).replace("\u00a0", " ")
    sentence = re.findall(r"Measured without instruments[^<]*", said)[0]
    assert [client.title for client in whole.clients if client.title not in sentence] == []
    assert sentence.endswith("Brackets are 95 % intervals; 1 µs is a millionth of a second.")
    first = whole.clients[0]
    assert first.control is not None
    cost = replace(first.control.cpu_us_per_request, low=None, high=None)
    alone = replace(first, control=replace(first.control, cpu_us_per_request=cost))
    assert "Brackets" not in answer_section(replace(whole, clients=(alone,), comparisons=()))


def test_a_floor_above_a_client_is_not_called_the_least_that_python_can_do() -> None:
    whole = sample_result()
    assert whole.floor is not None
    assert (floor_sentence(whole) or "").endswith("about the least that Python can do")
    above = replace(whole, floor=replace(whole.floor, times={**whole.floor.times, "aiohttp": 0.75}))
    assert (floor_sentence(above) or "").endswith("no lower bound here: some clients cost less")


def test_what_rounds_to_nothing_keeps_its_sign() -> None:
    assert [decimal(value) for value in (0.02, -0.02, 0.0)] == ["<0.1", "-0.0", "0"]
    assert [signed(value) for value in (3.0, 0.02, -0.02, -3.0)] == ["+3.0", "<0.1", "-0.0", "-3.0"]


def test_the_sum_of_a_gap_has_its_sign_like_its_parts() -> None:
    sums = re.findall(r"sum of layers</th><td[^>]*></td><td[^>]*></td><td[^>]*>(.)", page_of("comparison"))
    assert sums
    assert set(sums) <= {"+", "-"}


def test_threads_are_links_to_github_and_anything_else_is_text() -> None:
    assert threads([]) is None
    address = "https://github.com/encode/httpcore/issues/929"
    linked = f'<a href="{address}" rel="noreferrer noopener">encode/httpcore#929</a>'
    assert threads(["encode/httpcore#929", "no thread"]) == f"{linked}, no thread"


def test_a_place_may_break_after_a_slash_only() -> None:
    assert place("httpcore/_async/http11.py:65") == (
        '<small class="place">httpcore/<wbr>_async/<wbr>http11.py:65</small>'
    )


@pytest.mark.parametrize("kind", ["trace", "growth", "service"])
def test_groups_of_settings_begin_with_a_capital_letter(kind: str) -> None:
    settings = page_of(kind).partition('class="settings"')[2]
    heads = re.findall(r"<h3>([^<]*)</h3>", settings.partition("</section>")[0])
    clients = {client.title for client in sample_result().clients}
    assert heads
    assert [head for head in heads if head not in clients and not head[0].isupper()] == []


def test_the_layers_come_before_what_to_do() -> None:
    names = list(SECTIONS)
    assert names.index("answer") < names.index("layers") < names.index("findings")
