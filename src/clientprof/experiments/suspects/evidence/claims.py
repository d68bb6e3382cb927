"""What the suspects that are tried anyway answer for: functions they change, and all that is called below some of these.

A suspect names functions: in its patch, its targets, its pointer. Where the gain that it predicts is all the time below such
a function, it answers for whatever that calls; else for the function alone.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clientprof.experiments.suspects.suspect import Case, Suspect
from clientprof.model.results import FunctionCost
from clientprof.model.samples import CallNode

_WORD = re.compile(r"\w+")
# A prediction that is a function's time, but for what a suspect's own arithmetic leaves out or adds.
_ALL_OF_IT = 0.01


@dataclass(frozen=True, slots=True)
class Claim:
    """The names that a suspect uses, and the gain that it predicts."""

    words: frozenset[str]
    predicted_us: float

    def names(self, function: str) -> bool:
        """Whether it uses every part of ``Class.method``, or the plain name."""
        return self.words >= frozenset(function.split("."))


def claims_of(suspects: Iterable[Suspect], case: Case) -> tuple[Claim, ...]:
    """One for each suspect, without those that name nothing."""
    found = []
    for suspect in suspects:
        evidence = suspect.evidence(case)
        predicted = None if evidence is None else evidence.predicted_us
        found.append(Claim(_words(suspect, case), predicted or 0.0))
    return tuple(claim for claim in found if claim.words)


def claimed(function: FunctionCost, claims: Iterable[Claim], case: Case) -> bool:
    """Whether the function is named by one of them, or is called mostly below what one of them answers for."""
    claims = tuple(claims)
    if any(claim.names(function.function) for claim in claims):
        return True
    profile = case.client.profile
    if profile is None:
        return False
    wanted = (function.module, function.function)
    total = _total(profile.root, wanted)
    return any(_below(profile.root, claim, wanted) > total / 2 for claim in claims)


def _below(root: CallNode, claim: Claim, wanted: tuple[str, str]) -> float:
    """The time of the wanted function below functions that the claim answers for."""
    named: dict[tuple[str, str], list[CallNode]] = {}
    for node in _walk(root):
        if claim.names(node.location.function):
            named.setdefault((node.location.module, node.location.function), []).append(node)
    own = [
        place
        for place, nodes in named.items()
        if abs((time := sum(node.total_us for node in nodes)) - claim.predicted_us) <= _ALL_OF_IT * time
    ]
    return max((sum(_total(node, wanted) for node in named[place]) for place in own), default=0.0)


def _total(root: CallNode, wanted: tuple[str, str]) -> float:
    """The function's time below a node, recursion counted once."""
    total, pending = 0.0, [root]
    while pending:
        node = pending.pop()
        if (node.location.module, node.location.function) == wanted:
            total += node.total_us
        else:
            pending.extend(node.children)
    return total


def _walk(root: CallNode) -> Iterable[CallNode]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.children)


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
