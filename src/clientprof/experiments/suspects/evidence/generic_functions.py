"""Functions that no row of the catalogue knows, raised by their cost alone; they are slowed down, for want of a better way.

If a function is made slower by a known dose a call, the cost of a request grows by the dose times the calls it makes. That
proves how often the function is really paid for, under the load and without any profiler; times what a call of it takes,
it is what a request pays for the function.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clientprof.experiments.suspects.evidence.claims import claimed, claims_of
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind, Suspicion
from clientprof.model.figures import percent
from clientprof.model.results import FunctionCost
from clientprof.workload.changes import Change

MOST = 3
# Of the client's cost, which a function must certainly take of its own.
WORTH = 0.01
# Of the client's cost, what the smaller dose adds at least. A group knows the difference of two arms to 4 %: at 5 and 10 % a
# slope of 1 was known to +-1 after six groups of aiohttp; at 20 and 40 % to +-0.3.
ADDED = 0.2
_GROWS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDown(Suspect):
    """A suspect that is not removed but made dearer.

    ``target`` is what is slowed, ``doses_us`` by how much a call, the smaller dose first. ``calls_per_request`` is how often
    the target is called, None where nobody counted. ``own_us`` is the suspected function's own time per request.
    """

    target: str
    doses_us: tuple[float, float]
    calls_per_request: float | None
    own_us: float

    def dosed(self, dose_us: float) -> Intervention:
        """The intervention that adds that much to every call."""
        return Intervention(changes=(Change(target=self.target, dose_us=dose_us),))

    def suspicion(self, evidence: Evidence, intervention: Intervention) -> Suspicion:
        """The suspect as it is recorded, with how often its target is called."""
        return replace(Suspect.suspicion(self, evidence, intervention), calls_per_request=self.calls_per_request)


def slow_down_suspects(case: Case, known: Iterable[Suspect]) -> tuple[SlowDown, ...]:
    """At most three: the costliest function that grows, the costliest that the baseline lacks, then by cost.

    ``known`` are the suspects that are tried anyway; what they answer for (``claims.py``) is left to them. A function is
    raised by its own time, and only where the whole interval of that is above 1 % of the client's cost.
    """
    claims = claims_of(known, case)
    least = WORTH * case.total_us
    baseline = {(row.module, row.function) for row in case.baseline.functions} if case.baseline is not None else set()
    found = [
        (function, target)
        for function in sorted(case.client.functions, key=lambda row: -row.self_us_per_request.value)
        if function.origin == "package"
        and function.self_us_per_request.low is not None
        and function.self_us_per_request.low > least
        and (target := target_of(function)) is not None
        and not claimed(function, claims, case)
    ]
    alone = [each for each in found if case.baseline is not None and (each[0].module, each[0].function) not in baseline]
    order = [*[each for each in found if _grows(each[0])][:1], *alone[:1], *found]
    chosen = {target: function for function, target in reversed(order)}
    ranked = list(dict.fromkeys(target for _, target in order))[:MOST]
    return tuple(_slow_down(case, chosen[target], target, baseline) for target in ranked)


def target_of(function: FunctionCost) -> str | None:
    """``module:qualified.name`` of the function, or of the one around it where it is nested; None where there is neither.

    Only the measured process knows whether the installed version lets it be replaced.
    """
    if function.file.startswith("<") or not all(part.isidentifier() for part in function.module.split(".")):
        return None
    around, _, _ = function.function.partition(".<locals>")
    parts = around.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    if len(parts) > 1 and parts[-1].startswith("__") and not parts[-1].endswith("__"):
        # Private names are kept with their class's.
        parts[-1] = f"_{parts[-2].lstrip('_')}{parts[-1]}"
    return f"{function.module}:{'.'.join(parts)}"


def _grows(function: FunctionCost) -> bool:
    growth = function.growth
    return growth is not None and growth.value > _GROWS and growth.low is not None and growth.low > 0.1


def _slow_down(case: Case, function: FunctionCost, target: str, baseline: set[tuple[str, str]]) -> SlowDown:
    own = function.self_us_per_request.value
    calls = _calls_of(case, function, target)
    times = calls or 1.0
    dose_us = max(own / times / 2, ADDED * case.total_us / times)
    evidence = Evidence(_why(case, function, target, calls, baseline), own)
    name = f"{function.module}.{function.function}"
    return SlowDown(
        id=f"slow-down-{name}",
        kind=Kind.SLOW_DOWN,
        layer=function.layer,
        hypothesis=f"{name} takes {own:,.1f} µs of its own per request, which nothing in the catalogue explains",
        adapters=frozenset({case.adapter}),
        evidence=lambda _: evidence,
        intervention=lambda _: Intervention(changes=(Change(target=target, dose_us=2 * dose_us),)),
        absent="no function of its own stands out",
        mistaken="a sample waits for C code to end: its time is charged to the Python function entered next",
        pointer=f"{function.file}:{function.line}: {function.function}",
        target=target,
        doses_us=(dose_us, 2 * dose_us),
        calls_per_request=calls,
        own_us=own,
    )


def _calls_of(case: Case, function: FunctionCost, target: str) -> float | None:
    """How often the target is called: the function itself, or the one around it."""
    if "<locals>" not in function.function:
        return function.calls_per_request
    around = function.function.partition(".<locals>")[0]
    rows = case.client.functions
    return next(
        (row.calls_per_request for row in rows if (row.module, row.function) == (function.module, around)), None
    )


def _why(case: Case, function: FunctionCost, target: str, calls: float | None, baseline: set[tuple[str, str]]) -> str:
    own = function.self_us_per_request
    parts = [f"{own.value:,.1f} µs of its own per request, {percent(own.value / case.total_us)} of all"]
    if "<locals>" in function.function:
        parts.append(f"nested, so {target.partition(':')[2]} around it is slowed")
    if calls is not None:
        parts.append(f"in {calls:,.2f} calls")
    if _grows(function) and function.growth is not None:
        parts.append(f"growing as n to the {function.growth.value:.2f}")
    if case.baseline is not None and (function.module, function.function) not in baseline:
        parts.append(f"{case.baseline.name} has no such function")
    return "; ".join(parts)
