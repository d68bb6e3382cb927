"""Bounds on exact counts: read, and held against them without rounding.

    pool passes per request <= 2
    calls <= 1.005 x base
    calls of httpcore2._utils.is_socket_readable <= 20
    cpu <= 1.05 x base

A figure of ``ExactCounts.totals()``, the calls of a function, or the CPU; one of ``<= < >= > ==``; a number, or a number
times the base's. Figures are whole numbers over a number of requests, so fractions compare them exactly.
"""

import re
from collections.abc import Collection
from fractions import Fraction

from clientprof.attribution.counts.differences import changes
from clientprof.model.counts.check import Bound, JudgedBound, Kept
from clientprof.model.counts.exact import ExactCounts, FunctionDifference

GRAMMAR = (
    "FIGURE <= NUMBER, or FIGURE <= NUMBER x base, such as 'pool passes per request <= 2' or 'calls <= 1.005 x base'"
)
CPU = "cpu"
_PATTERN = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w .<>\-]*?)\s*(?P<operator><=|>=|==|<|>)\s*(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<relative>\s*[x*]\s*base(?:line)?)?\s*",
    re.ASCII,
)
_OF_FUNCTION = re.compile(r"calls of (?P<function>\S+)", re.ASCII)
_NAMED = 3


class BoundError(ValueError):
    """A bound that is not of the grammar, or that names nothing. The message says what there is."""


def parse_bound(text: str, known: Collection[str]) -> Bound:
    """The bound that the text says. ``known`` are the figures of the client.

    Raises:
        BoundError: it is none, or names none of them.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise BoundError(f"{text!r} is no bound; write {GRAMMAR}")
    written = re.sub(r"\s+per request$", "", found["name"].strip())
    of_function = _OF_FUNCTION.fullmatch(written)
    name = "calls" if of_function else re.sub(r"[\s\-]+", "_", written.lower())
    relative = found["relative"] is not None
    if name == CPU and not (relative and found["operator"] in ("<=", "<")):
        raise BoundError(f"{text!r}: times differ from machine to machine, so write cpu <= 1.05 x base")
    if name != CPU and name not in known:
        import difflib

        near = difflib.get_close_matches(name, [*known, CPU], n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join([*sorted(known), CPU])}"
        raise BoundError(f"{text!r} names nothing that is counted: there is no {written!r}; {hint}")
    function = None if of_function is None else of_function["function"]
    return Bound(text.strip(), name, found["operator"], found["number"], relative, function)


def judge(bound: Bound, head: ExactCounts, base: ExactCounts | None) -> JudgedBound:
    """The bound, held against one scenario's counts.

    Raises:
        BoundError: it is of a function that neither knows.
    """
    mine, other = _figure(bound, head), None if base is None else _figure(bound, base)
    if bound.function is not None and mine is None and other is None:
        raise BoundError(
            f"{bound.text!r} names nothing that is counted: no function {bound.function} ran in {head.scenario}"
        )
    if mine is None and bound.function is None:
        lost = f"{bound.name} is not counted in {head.client}: what it counts was not found there"
        return JudgedBound(head.scenario, bound.text, Kept.UNDECIDED, lost)
    mine = mine or Fraction(0)
    if bound.relative and other is None and bound.function is None:
        missing = "there is no base" if base is None else f"{bound.name} is not counted in {base.client}"
        return JudgedBound(head.scenario, bound.text, Kept.UNDECIDED, missing, float(mine))
    limit = Fraction(bound.number) * ((other or Fraction(0)) if bound.relative else 1)
    doubtful = [counts.client for counts in (head, base) if counts is not None and _inexact(bound, counts)]
    moved = () if base is None else _moved(bound, changes(head, base))
    shown = f"{_number(mine)} per request" + ("" if other is None else f", {_number(other)} in the base")
    if doubtful:
        reason = (
            f"{shown}; two processes did not agree on it in {' and '.join(dict.fromkeys(doubtful))}, so it is not exact"
        )
        return JudgedBound(head.scenario, bound.text, Kept.UNDECIDED, reason, float(mine), _float(other), float(limit))
    kept = _holds(mine, bound.operator, limit)
    ratio = f" ({float(mine / other):.5g} x base)" if other else ""
    said = f"{shown}{ratio}; the bound is {bound.operator} {_number(limit)}"
    return JudgedBound(
        head.scenario, bound.text, Kept.KEPT if kept else Kept.BROKEN, said, float(mine), _float(other), float(limit),
        () if kept else moved,
    )  # fmt: skip


def _figure(bound: Bound, counts: ExactCounts) -> Fraction | None:
    if bound.function is None:
        total = counts.totals().get(bound.name)
        return None if total is None else Fraction(total, counts.requests)
    rows = [row.calls for row in counts.functions if row.location.name == bound.function and row.calls is not None]
    return Fraction(sum(rows), counts.requests) if rows else None


def _inexact(bound: Bound, counts: ExactCounts) -> bool:
    if bound.function is not None:
        return f"calls of {bound.function}" in counts.inexact
    beginnings = {"calls": "calls of ", "bytecodes": "bytecodes of ", "library_bytecodes": "bytecodes of "}
    start = beginnings.get(bound.name)
    return any(name == bound.name or (start is not None and name.startswith(start)) for name in counts.inexact)


def _holds(value: Fraction, operator: str, limit: Fraction) -> bool:
    return {
        "<=": value <= limit,
        "<": value < limit,
        ">=": value >= limit,
        ">": value > limit,
        "==": value == limit,
    }[operator]


def _moved(bound: Bound, rows: tuple[FunctionDifference, ...]) -> tuple[FunctionDifference, ...]:
    """Those that moved the figure most; of a counter, those that are called most more often."""
    upward = bound.operator in ("<=", "<", "==")

    def by(row: FunctionDifference) -> float:
        one, other = (row.bytecodes, row.other_bytecodes) if "bytecodes" in bound.name else (row.calls, row.other_calls)
        return ((one or 0.0) - (other or 0.0)) * (1 if upward else -1)

    library = bound.name == "library_bytecodes"
    found = [row for row in rows if by(row) > 0 and (row.location.origin == "stdlib") == library]
    return tuple(sorted(found, key=by, reverse=True)[:_NAMED])


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _number(value: Fraction) -> str:
    """All of the digits where there are few, six significant places where there are not."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{float(value):,.6g}" if abs(value) < 1000 else f"{float(value):,.2f}"
