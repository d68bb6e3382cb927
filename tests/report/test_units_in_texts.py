"""Microseconds are µs wherever people read them. ``us`` is for names: fields, columns of recordings, units in JSON."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import clientprof
from clientprof.model.estimate import shown_unit

SOURCE = Path(clientprof.__file__).parent
# The unit of a value, which goes into JSON; `shown_unit` turns it into text.
UNITS = {"us", "us/us", "us per request", "us per us per call"}
UNIT = re.compile(r"(?:^|[ \u00a0(])us(?![\w/])")


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """All strings but docstrings and what an assertion says."""
    left_out = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    left_out |= {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.Assert) and node.msg for part in ast.walk(node.msg)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node


def test_no_text_of_the_source_says_us() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {node.value}"
        for path in SOURCE.rglob("*.py")
        for node in texts(ast.parse(path.read_text(encoding="utf-8")))
        if node.value not in UNITS and UNIT.search(str(node.value))
    ]
    assert found == []


def test_a_unit_is_shown_with_its_sign() -> None:
    shown = [shown_unit(unit) for unit in ("us", "us/us", "us per request", "ms", "status")]
    assert shown == ["µs", "µs/µs", "µs per request", "ms", "status"]
