"""Which functions the catalogue's suspects are about already: those named in their patches, targets and pointers."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from clientprof.experiments.suspects.suspect import Case, Suspect

_WORD = re.compile(r"\w+")


def touched(function: str, words: Iterable[frozenset[str]]) -> bool:
    """Whether one of these sets of words names the function: each part of ``Class.method``, or the plain name."""
    parts = frozenset(function.split("."))
    return any(parts <= known for known in words)


def words_of(suspects: Iterable[Suspect], case: Case) -> tuple[frozenset[str], ...]:
    """The names that each suspect's change and pointer use; one set each."""
    return tuple(_words(suspect, case) for suspect in suspects)


def _words(suspect: Suspect, case: Case) -> frozenset[str]:
    found = set(_WORD.findall(suspect.pointer))
    for change in suspect.intervention(case).changes:
        found.update(_WORD.findall(change.target))
        if change.file:
            found |= _names_in(change.file)
    return frozenset(found)


@cache
def _names_in(file: str) -> frozenset[str]:
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return frozenset()  # the worker that loads it will say what is wrong
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(_WORD.findall(node.value))
    return frozenset(found)
