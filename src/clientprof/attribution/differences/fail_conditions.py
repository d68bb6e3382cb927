"""``--fail-if``: a condition on the result of a comparison, for CI.

    cpu_us_per_request > 1.05 x baseline
    latency_ms.p99 > 250
    errors > 0

A metric of the summary's ``control``, one of ``> >= < <=``, and a bound: a number, or a number times the baseline
(``x`` or ``*``). A condition holds only if the whole 95 % interval is beyond the bound: noise fails no build.
Against the baseline the interval is that of the paired ratio where there is one (``cpu_us_per_request``, ``wall_s``);
of other metrics both values alone are compared. Without an interval the condition is not decided, and that is said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.differences.conditions import Checked, Outcome
from clientprof.model.estimate import Estimate, shown_unit
from clientprof.model.results import ClientResult, Control

GRAMMAR = (
    "METRIC OPERATOR NUMBER, or METRIC OPERATOR NUMBER x baseline, such as 'cpu_us_per_request > 1.05 x baseline' "
    "or 'latency_ms.p99 > 250'"
)


class ConditionError(ValueError):
    """A condition that is not of the grammar. The message says the grammar."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One parsed condition. ``relative``: the bound is a multiple of the baseline's value."""

    text: str
    metric: str
    above: bool
    inclusive: bool
    bound: float
    relative: bool


def _exactly(value: float | None, unit: str) -> Estimate | None:
    """A count or a percentile: no interval is known of it, so it stands for itself."""
    return None if value is None else Estimate(value, value, value, unit, 1)


METRICS: Mapping[str, Callable[[Control], Estimate | None]] = {
    "cpu_us_per_request": lambda control: control.cpu_us_per_request,
    "wall_s": lambda control: control.wall_s,
    "latency_ms.p50": lambda control: _exactly(control.latency_ms.p50, "ms"),
    "latency_ms.p90": lambda control: _exactly(control.latency_ms.p90, "ms"),
    "latency_ms.p99": lambda control: _exactly(control.latency_ms.p99, "ms"),
    "latency_ms.max": lambda control: _exactly(control.latency_ms.max, "ms"),
    "ok": lambda control: _exactly(control.ok, "requests"),
    "errors": lambda control: _exactly(sum(control.errors.values()), "requests"),
}
_PATTERN = re.compile(
    r"\s*(?P<metric>[a-z_0-9.]+)\s*(?P<operator>>=|<=|>|<)\s*(?P<bound>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<relative>\s*[x*]\s*baseline)?\s*",
    re.ASCII,
)


def parse_condition(text: str) -> Condition:
    """The condition that the text says.

    Raises:
        ConditionError: it is not of the grammar, or there is no such metric.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise ConditionError(f"{text!r} is no condition; write {GRAMMAR}")
    if found["metric"] not in METRICS:
        raise ConditionError(f"there is no metric {found['metric']!r}; there are {', '.join(METRICS)}; write {GRAMMAR}")
    return Condition(
        text=text.strip(),
        metric=found["metric"],
        above=found["operator"].startswith(">"),
        inclusive=found["operator"].endswith("="),
        bound=float(found["bound"]),
        relative=found["relative"] is not None,
    )


def check_condition(condition: Condition, result: ComparisonResult) -> tuple[Checked, ...]:
    """The condition for every candidate; for the baseline too where it is not relative and there is no candidate."""
    if not condition.relative:
        arms = [pair.candidate for pair in result.pairs] or [result.baseline]
        return tuple(_absolute(condition, result, arm) for arm in arms)
    if not result.pairs:
        # A gate that finds nothing to check must not look as if it had found all well.
        arms = [arm.name for arm in result.arms if arm.name != result.baseline]
        return tuple(Checked(condition.text, arm, Outcome.UNDECIDED, "no block was measured") for arm in arms)
    return tuple(_relative(condition, result, pair) for pair in result.pairs)


def _client(result: ComparisonResult, arm: str) -> ClientResult | None:
    return next((client for client in result.measured.clients if client.name == arm), None)


def _measured(condition: Condition, result: ComparisonResult, arm: str) -> Estimate | None:
    client = _client(result, arm)
    return None if client is None or client.control is None else METRICS[condition.metric](client.control)


def _absolute(condition: Condition, result: ComparisonResult, arm: str) -> Checked:
    value = _measured(condition, result, arm)
    if value is None:
        return Checked(condition.text, arm, Outcome.UNDECIDED, f"{condition.metric} of {arm} was not measured")
    return _decided(condition, arm, value, shown_unit(value.unit))


def _relative(condition: Condition, result: ComparisonResult, pair: Pair) -> Checked:
    arm, comparison = pair.candidate, pair.comparison
    if result.incompatibilities and not result.allowed:
        return Checked(
            condition.text,
            arm,
            Outcome.UNDECIDED,
            "the arms cannot be compared: " + "; ".join(result.incompatibilities),
        )
    effects = {effect.metric: effect for effect in (comparison.effect, comparison.wall_effect)}
    if condition.metric in effects:
        effect = effects[condition.metric]
        if effect.aa_ratio is not None and effect.aa_ratio.low is not None and not effect.aa_ratio.contains(1.0):
            return Checked(condition.text, arm, Outcome.UNDECIDED, "the baseline differs from itself (A/A)")
        return _decided(condition, arm, effect.ratio, "x baseline")
    mine, base = (_measured(condition, result, name) for name in (arm, result.baseline))
    if mine is None or base is None:
        return Checked(condition.text, arm, Outcome.UNDECIDED, f"{condition.metric} was not measured on both sides")
    if base.value == 0:
        return Checked(condition.text, arm, Outcome.UNDECIDED, f"{condition.metric} of {result.baseline} is 0")
    return _decided(condition, arm, _exactly(mine.value / base.value, "ratio") or mine, "x baseline")


def _decided(condition: Condition, arm: str, value: Estimate, unit: str) -> Checked:
    if value.low is None or value.high is None:
        return Checked(
            condition.text, arm, Outcome.UNDECIDED, f"{condition.metric} of {arm} has no interval: measure more blocks"
        )
    nearest = value.low if condition.above else value.high
    beyond = nearest > condition.bound if condition.above else nearest < condition.bound
    beyond = beyond or (condition.inclusive and nearest == condition.bound)
    interval = (
        f"{value.value:.4g}" if value.low == value.high else f"{value.value:.4g} [{value.low:.4g}, {value.high:.4g}]"
    )
    said = f"{condition.metric} of {arm}: {interval} {unit}; the bound is {condition.bound:g}"
    if beyond:
        return Checked(condition.text, arm, Outcome.HOLDS, said)
    reached = value.value > condition.bound if condition.above else value.value < condition.bound
    return Checked(condition.text, arm, Outcome.NOT, f"{said}; the interval reaches back over it" if reached else said)
