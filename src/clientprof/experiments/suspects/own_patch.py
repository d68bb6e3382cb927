"""A suspect that the user brings: ``--patch module:function=file.py:replacement``."""

from collections.abc import Sequence
from pathlib import Path

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost
from clientprof.workload.changes import Change

FORM = "module:function=file.py:replacement, or module:Class.method=file.py:replacement"


class PatchError(ValueError):
    """Not a patch. The message is one line and says the form."""


def parse_patch(text: str) -> Change:
    """The change that ``module:function=file.py:replacement`` asks for; the file is looked for, not loaded.

    Raises:
        PatchError: the form is wrong, or there is no such file.
    """
    target, equals, replacement = text.partition("=")
    module, colon, qualified = target.strip().partition(":")
    # A path may have a colon of its own.
    file, second, name = replacement.strip().rpartition(":")
    if not (equals and colon and second and file):
        raise PatchError(f"{text!r} is no patch; write {FORM}")
    if not (_dotted(module) and _dotted(qualified)):
        raise PatchError(f"{text!r}: {target.strip()!r} names no function; write {FORM}")
    if not name.isidentifier():
        raise PatchError(f"{text!r}: {name!r} is no function's name; write {FORM}")
    path = Path(file).expanduser()
    if path.suffix != ".py":
        raise PatchError(f"{text!r}: {path.name} is no Python file; write {FORM}")
    if not path.is_file():
        raise PatchError(f"{text!r}: there is no file {file}")
    return Change(target=f"{module}:{qualified}", file=str(path.resolve()), name=name)


def own_patch(change: Change, adapter: str) -> Suspect:
    """The suspect that the change removes, for the client of that row of CLIENTS."""
    qualified = change.target.partition(":")[2]

    def evidence(case: Case) -> Evidence:
        found = _function(case.client.functions, change.target)
        if found is None:
            return Evidence("given by the user; no sample has seen the function", None)
        own = found.self_us_per_request.value
        how_often = "" if found.calls_per_request is None else f" in {found.calls_per_request:,.2f} calls"
        return Evidence(f"given by the user; the function takes {own:,.1f} µs of its own per request{how_often}", own)

    return Suspect(
        id=f"patch-{change.target.replace(':', '.')}",
        kind=Kind.PATCH,
        layer=Layer.OTHER,
        hypothesis=f"{qualified} costs more than {change.name} of {Path(change.file).name}, which does the same",
        adapters=frozenset({adapter}),
        evidence=evidence,
        intervention=lambda _: Intervention(changes=(change,)),
        absent="",
        mistaken="the replacement may do less than the function; what it changes beside the cost is for its author to say",
        pointer=change.target,
    )


def _function(functions: Sequence[FunctionCost], target: str) -> FunctionCost | None:
    return next((row for row in functions if f"{row.module}:{row.function}" == target), None)


def _dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
