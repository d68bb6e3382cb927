"""The lines of the diff in the functions of the layers that moved.

A function that was followed under another name or in another place is held against what it was. What a frame of a lambda or
a comprehension costs stands with the function around it, whose lines are shown.
"""

import difflib
from collections.abc import Iterator, Mapping

from clientprof.model.differences.between_arms import FunctionDifference, Gap, LayerDifference
from clientprof.model.differences.changed_code import ArmCode, CodeDifference, FunctionCode, FunctionLines, LayerLines
from clientprof.model.samples import CodeLocation

_CONTEXT = 2
# Lines of one function, functions of one layer: a diff is read here beside its cost, and as a whole elsewhere.
MOST_LINES = 40
_MOST_FUNCTIONS = 8
_MOST_OTHERS = 12
_INSIDE = ".<locals>."
Place = tuple[str, str]


def code_difference(gap: Gap, baseline: ArmCode, candidate: ArmCode) -> CodeDifference:
    """The changed code of two arms: the lines in functions of layers that moved, and the names of all other changes."""
    was, now = _by_place(baseline), _by_place(candidate)
    shown: set[Place] = set()
    layers = []
    for row in sorted(gap.layers, key=lambda row: -abs(row.cost.difference_us.value)):
        if row.cost.significant:
            functions = tuple(_functions(row, was, now, shown))
            layers.append(LayerLines(row.layer, row.cost.difference_us.value, functions))
    changed = _changed(was, now)
    seen = {function.location.file for row in gap.layers for function in row.functions}
    # The files of functions that ran come first: not the blocking twin of an asynchronous module.
    others = sorted((place for place in changed if place not in shown), key=lambda place: place[0] not in seen)
    lines = tuple(_changed_lines(was.get(place), now.get(place)) for place in others[:_MOST_OTHERS])
    return CodeDifference(tuple(layers), len(changed), lines, tuple(_name(place) for place in others[_MOST_OTHERS:]))


def _changed(was: Mapping[Place, FunctionCode], now: Mapping[Place, FunctionCode]) -> list[Place]:
    """The places whose text differs; one that went to another file as it was has only moved."""
    differing = [place for place in {**now, **was} if _text(now.get(place)) != _text(was.get(place))]
    gone = {(place[1], was[place].text) for place in differing if place not in now}
    come = {(place[1], now[place].text) for place in differing if place not in was}
    moved = gone & come
    return [place for place in differing if (place[1], (now.get(place) or was[place]).text) not in moved]


def _functions(
    row: LayerDifference, was: Mapping[Place, FunctionCode], now: Mapping[Place, FunctionCode], shown: set[Place]
) -> Iterator[FunctionLines]:
    """The layer's functions that changed; each function's lines are shown once, in the layer that moved most."""
    number = 0
    for function in row.functions:
        before, after = _sides(function, was, now)
        places = {(code.file, code.function) for code in (before, after) if code is not None}
        if _text(before) == _text(after) or places & shown or number == _MOST_FUNCTIONS:
            continue
        number += 1
        shown |= places
        yield _changed_lines(before, after, function.cost.significant)


def _sides(
    function: FunctionDifference, was: Mapping[Place, FunctionCode], now: Mapping[Place, FunctionCode]
) -> tuple[FunctionCode | None, FunctionCode | None]:
    """Both texts of a function; where one arm did not show it, the text at the same place."""
    return (
        _found(function.baseline or function.candidate, was),
        _found(function.candidate or function.baseline, now),
    )


def _found(location: CodeLocation | None, codes: Mapping[Place, FunctionCode]) -> FunctionCode | None:
    name = "" if location is None else location.function
    while name and location is not None:
        code = codes.get((location.file, name))
        if code is not None:
            return code
        name = name.rpartition(_INSIDE)[0]
    return None


def _changed_lines(before: FunctionCode | None, after: FunctionCode | None, significant: bool = False) -> FunctionLines:
    code = after or before
    assert code is not None, "a change of nothing"
    lines = _lines(before, after)
    location = CodeLocation(_module(code.file), code.function, code.file, code.line, "package")
    return FunctionLines(location, tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES), significant)


def _lines(before: FunctionCode | None, after: FunctionCode | None) -> list[str]:
    old, new = ([] if code is None else code.text.expandtabs(4).split("\n") for code in (before, after))
    first_old, first_new = (1 if code is None else code.line for code in (before, after))
    found: list[str] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        found.append(f"@@ -{first_old + group[0][1]} +{first_new + group[0][3]} @@")
        for kind, begin, end, start, stop in group:
            if kind == "equal":
                found += [f" {line}" for line in old[begin:end]]
            else:
                found += [f"-{line}" for line in old[begin:end]] + [f"+{line}" for line in new[start:stop]]
    return found


def _by_place(arm: ArmCode) -> dict[Place, FunctionCode]:
    return {(code.file, code.function): code for code in arm.functions}


def _text(code: FunctionCode | None) -> str:
    return "" if code is None else code.text


def _name(place: Place) -> str:
    return f"{_module(place[0])}.{place[1]}"


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
