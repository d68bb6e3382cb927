"""Tables of the terminal: what is too wide wraps, texts first, then heads, then cells; no letter is lost."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from clientprof.report.terminal.column_widths import FIGURES, TEXTS, Column, broken, fitted_widths
from clientprof.report.terminal.layout import print_columns, print_named_rows, print_paragraph, safe

LONG = "httpx 0.28.1 with sniffio 1.3.1 and anyio 4.16.0"
RATIO = "115.64x [113.61, 117.42]"


def printed(heads: list[str], align: str, rows: list[list[str]], width: int = 80) -> list[str]:
    target = io.StringIO()
    console = Console(file=target, width=width)
    print_columns(console, heads, align, [[safe(cell) for cell in row] for row in rows])
    return target.getvalue().splitlines()


def test_a_table_that_has_room_takes_what_it_needs() -> None:
    columns = [Column("name", [Text("pool")], TEXTS), Column("µs", [Text("1,529.1")], FIGURES)]
    assert fitted_widths(columns, 78) == [4, 7]


def test_texts_wrap_before_heads_and_heads_before_figures() -> None:
    text, figure = Column("", [Text("some words " * 9)], TEXTS), Column("a head of words", [Text("12.5 µs")], FIGURES)
    assert fitted_widths([text, figure], 60) == [45, 15]
    assert fitted_widths([text, figure], 34) == [24, 10]
    assert fitted_widths([text, figure], 20) == [13, 7]


def test_a_ratio_stays_whole_beside_long_names_of_clients() -> None:
    lines = printed(["", LONG, LONG, "ratio"], "lrrr", [["relative to floor", "1,529.1 µs", "98.3 µs", RATIO]])
    assert max(map(cell_len, lines)) <= 80
    assert any(line.rstrip().endswith(RATIO) for line in lines)
    assert "…" not in "".join(lines)


def test_a_function_breaks_at_its_dots() -> None:
    name = "httpcore._async.connection_pool.AsyncConnectionPool._assign_requests_to_connections"
    lines = printed(["self µs", "layer", "function"], "rlN", [["142.4", "pool", name]], 60)
    assert [line.split()[-1] for line in lines[1:]] == [
        "httpcore._async.connection_pool.",
        "AsyncConnectionPool.",
        "_assign_requests_to_connections",
    ]


def test_a_named_row_keeps_its_whole_name_beside_its_figures() -> None:
    target = io.StringIO()
    name = "a/long/path/of/service.py:1234 price_of_one_item_in_the_shop"
    print_named_rows(
        Console(file=target, width=60), ["call site", "requests"], "lr", [([name, "  httpx"], [safe("4,000")])]
    )
    lines = target.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 60
    assert "".join("".join(lines[1:]).replace("4,000", "").split()) == f"{name} httpx".replace(" ", "")


@pytest.mark.parametrize("width", [60, 80])
def test_words_longer_than_the_terminal_are_folded(width: int) -> None:
    lines = printed(["x", "y"], "lr", [["a" * 70, "b" * 70]], width)
    assert max(map(cell_len, lines)) <= width
    assert ("".join(lines).count("a"), "".join(lines).count("b")) == (70, 70)


@given(st.text(alphabet="ab ./_:", max_size=60), st.integers(5, 40))
def test_breaking_loses_nothing_but_spaces(text: str, columns: int) -> None:
    lines = broken(text, columns)
    assert all(len(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab ", max_size=30), st.text(alphabet="ab .", max_size=60), st.sampled_from([0, 1, 2])
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(10, 80),
)
def test_widths_never_exceed_the_room(columns: list[tuple[str, str, int]], room: int) -> None:
    widths = fitted_widths([Column(head, [Text(cell)], kind) for head, cell, kind in columns], room)
    assert sum(widths) <= room
    assert all(width >= 0 for width in widths)


@given(st.integers(20, 100))
def test_no_figure_is_parted_from_its_unit_at_the_end_of_a_line(width: int) -> None:
    target = io.StringIO()
    told = "The loop is busy 98.1\u00a0% of the time; for 5.4\u00a0ms of it, 52.7\u00a0% at 3\u00a0µs each, it waits."
    print_paragraph(Console(file=target, width=width), safe(told))
    lines = [line.strip() for line in target.getvalue().splitlines()]
    assert " ".join(lines) == told.replace("\u00a0", " ")
    assert not [line for line in lines if line.startswith(("%", "ms", "µs"))]
    assert max(map(cell_len, lines)) <= width
