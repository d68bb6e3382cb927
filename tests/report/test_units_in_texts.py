"""Microseconds are µs wherever people read them, ``us`` is for names: fields, columns of recordings, units in JSON.

Shares are written by one function."""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import clientprof
from clientprof.model.estimate import shown_unit
from clientprof.model.figures import percent, percent_bound, percent_change

SOURCE = Path(clientprof.__file__).parent
# The unit of a value, which goes into JSON; `shown_unit` turns it into text.
UNITS = {"us", "us/us", "us per request", "us per us per call"}
PERCENT_FORMAT = re.compile(r"[+,]*\.\d%")
UNIT = re.compile(r"(?:^|[ \u00a0(])us(?![\w/])")


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """All strings but docstrings and what an assertion says."""
    nodes = list(ast.walk(tree))
    left_out = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    left_out |= {id(part) for node in nodes if isinstance(node, ast.Assert) and node.msg for part in ast.walk(node.msg)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node


@functools.cache
def texts_of_source() -> dict[str, str]:
    """By place: reading all of the source takes seconds."""
    return {
        f"{path.relative_to(SOURCE)}:{node.lineno}:{node.col_offset}": str(node.value)
        for path in SOURCE.rglob("*.py")
        for node in texts(ast.parse(path.read_text(encoding="utf-8")))
    }


def found_in_source(wrong: Callable[[str], object]) -> list[str]:
    return [f"{place}: {text}" for place, text in texts_of_source().items() if wrong(text)]


def test_no_text_of_the_source_says_us() -> None:
    assert found_in_source(lambda text: text not in UNITS and UNIT.search(text)) == []


def test_no_share_is_formatted_by_hand() -> None:
    assert found_in_source(PERCENT_FORMAT.fullmatch) == []


def test_a_share_has_one_place_a_bound_as_many_as_it_has_and_no_sign_breaks_from_its_number() -> None:
    assert [percent(share) for share in (0.478, 0.16, 1.0, 0.0, 0.0004, None)] == [
        "47.8\u00a0%", "16.0\u00a0%", "100.0\u00a0%", "0\u00a0%", "<0.1\u00a0%", "\u2013",
    ]  # fmt: skip
    assert [percent_bound(bound) for bound in (0.15, 0.003, 0.07)] == ["15\u00a0%", "0.3\u00a0%", "7\u00a0%"]
    assert [percent_change(ratio) for ratio in (1.041, 0.98)] == ["+4.1\u00a0%", "-2.0\u00a0%"]


def test_a_unit_is_shown_with_its_sign() -> None:
    shown = [shown_unit(unit) for unit in ("us", "us/us", "us per request", "ms", "status")]
    assert shown == ["µs", "µs/µs", "µs per request", "ms", "status"]
