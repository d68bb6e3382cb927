"""What a check found: the truth beside the report, and a verdict that noise cannot turn into a pass."""

import math
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import shown_unit


class Outcome(StrEnum):
    """``inconclusive``: the machine was too noisy to tell."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One figure of one check. ``error`` is reported minus true, in ``unit``; so is ``tolerance``.

    ``uncertainty`` is the half-width of the error's 95 % interval, None where the error is exact.
    """

    name: str
    true: float
    reported: float
    error: float
    tolerance: float
    unit: str
    verdict: Outcome
    reason: str
    uncertainty: float | None = None


def within(
    name: str, true: float, reported: float, tolerance: float, unit: str, uncertainty: float | None = None
) -> CheckResult:
    """The error held against its tolerance.

    It passes if it is within the tolerance and known at least as well as that; it fails if even its interval lies outside;
    everything between is inconclusive, with the figure.
    """
    error = reported - true
    half = 0.0 if uncertainty is None else uncertainty
    spread = "" if uncertainty is None else f" +- {half:.2g}"
    shown = f"{error:+.3g}{spread} {shown_unit(unit)}"
    if not math.isfinite(error) or not math.isfinite(half):
        return CheckResult(name, true, reported, error, tolerance, unit, Outcome.INCONCLUSIVE, "nothing to compare")
    if abs(error) - half > tolerance:
        verdict, reason = Outcome.FAIL, f"{shown} is outside {tolerance:g}"
    elif abs(error) <= tolerance and half <= tolerance:
        verdict, reason = Outcome.PASS, f"{shown} is within {tolerance:g}"
    else:
        verdict, reason = Outcome.INCONCLUSIVE, f"{shown}: too noisy to hold against {tolerance:g}"
    return CheckResult(name, true, reported, error, tolerance, unit, verdict, reason, uncertainty)


def inconclusive(name: str, tolerance: float, unit: str, reason: str) -> CheckResult:
    """A check that could not be made."""
    nan = math.nan
    return CheckResult(name, nan, nan, nan, tolerance, unit, Outcome.INCONCLUSIVE, reason)


def failed(name: str, tolerance: float, unit: str, reason: str) -> CheckResult:
    """A check during which the analysis contradicted itself."""
    nan = math.nan
    return CheckResult(name, nan, nan, nan, tolerance, unit, Outcome.FAIL, reason)


def overall(results: "list[CheckResult] | tuple[CheckResult, ...]") -> Outcome:
    """Fail if any failed, else inconclusive if any was."""
    verdicts = {result.verdict for result in results}
    for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        if outcome in verdicts:
            return outcome
    return Outcome.PASS
