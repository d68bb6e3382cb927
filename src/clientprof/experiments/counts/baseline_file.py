"""Exact counts kept in a file that is committed: one line a function, in order, so that a change of them reads as a diff."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clientprof.model.counts.exact import ExactCounts, FunctionCount
from clientprof.model.run import Counter
from clientprof.model.samples import CodeLocation

SCHEMA = "clientprof.counts-baseline/1"


class BaselineError(ValueError):
    """A file of counts that cannot stand for the base. The message says why and what to do."""


def write_baseline(file: Path, counts: Sequence[ExactCounts], name: str) -> None:
    """Write the counts of every scenario; ``name`` is what they are of.

    Raises:
        BaselineError: the file cannot be written.
    """
    data = {
        "schema": SCHEMA,
        "of": name,
        "python": counts[0].python,
        "packages": _released(counts[0]),
        "scenarios": {each.scenario: _scenario(each) for each in counts},
    }
    text = json.dumps(data, indent=1)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_text(f"{text}\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BaselineError(f"cannot write {file.name}: {error.strerror or error}") from None


def _scenario(counts: ExactCounts) -> dict[str, Any]:
    return {
        "requests": counts.requests,
        "totals": counts.totals(),
        "functions": {
            _name(row.location): f"{row.calls} {row.bytecodes}"
            for row in counts.functions
            if row.location.origin != "stdlib"
        },
    }


def _name(place: CodeLocation) -> str:
    return f"{place.file}:{place.line}:{place.module}:{place.function}"


def read_baseline(file: Path, heads: Sequence[ExactCounts]) -> tuple[ExactCounts, ...]:
    """The counts that the file has of the heads' scenarios, in their order.

    Raises:
        BaselineError: it cannot be read, was counted with other packages or another Python, or lacks a scenario.
    """
    again = "count it anew with --save-baseline"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise BaselineError(f"{file.name} is no file of counts of this version: {data['schema']}; {again}")
        found = {label: _counts(label, data, kept) for label, kept in data["scenarios"].items()}
    except OSError as error:
        raise BaselineError(f"{file.name} cannot be read: {error.strerror or error}; {again}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, BaselineError):
            raise
        raise BaselineError(f"{file.name} is no file of counts; {again}") from None
    for head in heads:
        if head.scenario not in found:
            raise BaselineError(f"{file.name} has no counts of {head.scenario}; {again}")
        differs = [f"Python {data['python']} there, {head.python} here"] if data["python"] != head.python else []
        here = _released(head)
        differs += [
            f"{name} {data['packages'].get(name, 'missing')} there, {here.get(name, 'missing')} here"
            for name in sorted({*here, *data["packages"]})
            if here.get(name) != data["packages"].get(name)
        ]
        if differs:
            raise BaselineError(f"{file.name} was counted elsewhere: {'; '.join(differs)}; {again}")
    return tuple(found[head.scenario] for head in heads)


def _counts(label: str, data: dict[str, Any], kept: dict[str, Any]) -> ExactCounts:
    totals, requests = {str(name): int(total) for name, total in kept["totals"].items()}, int(kept["requests"])
    functions = []
    for name, numbers in kept["functions"].items():
        path, line, module, function = name.split(":", 3)
        calls, bytecodes = (None if each == "None" else int(each) for each in numbers.split())
        functions.append(
            FunctionCount(CodeLocation(module, function, path, int(line), "package"), None, calls, bytecodes)
        )
    return ExactCounts(
        client=str(data["of"]),
        scenario=label,
        version="",
        python=str(data["python"]),
        packages={},
        requests=requests,
        calls=totals.pop("calls"),
        bytecodes=totals.pop("bytecodes", None),
        library_bytecodes=totals.pop("library_bytecodes", None),
        counters=tuple(Counter(name, total, requests, "") for name, total in totals.items()),
        functions=tuple(functions),
    )


def _released(counts: ExactCounts) -> dict[str, str]:
    """The packages that are no source: these must be the same, or the counts are of something else."""
    own = {source.package for source in counts.sources}
    return {name: version for name, version in counts.packages.items() if name not in own and "@" not in version}
