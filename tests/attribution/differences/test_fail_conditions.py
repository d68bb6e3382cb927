"""``--fail-if``: conditions are read strictly, and fail only where the whole interval is beyond the bound."""

from dataclasses import replace

import pytest

from arms import two_arms
from clientprof.attribution.comparison_result import comparison_result
from clientprof.attribution.differences.fail_conditions import (
    METRICS,
    ConditionError,
    check_condition,
    parse_condition,
)
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.differences.conditions import Outcome
from clientprof.model.estimate import Estimate


def result_with(low: float, high: float, aa: tuple[float, float] = (0.99, 1.01)) -> ComparisonResult:
    """The CPU ratio with the interval given."""
    found = comparison_result(two_arms())
    pair = found.pairs[0]
    effect = replace(
        pair.comparison.effect,
        ratio=Estimate((low + high) / 2, low, high, "ratio", 6),
        aa_ratio=Estimate(sum(aa) / 2, *aa, "ratio", 6),
    )
    return replace(found, pairs=(replace(pair, comparison=replace(pair.comparison, effect=effect)),))


def outcome(text: str, result: ComparisonResult) -> Outcome:
    (checked,) = check_condition(parse_condition(text), result)
    return checked.outcome


@pytest.mark.parametrize("bound", [" > 1.05 x baseline", ">1.05*baseline", "  >  1.05x baseline "])
def test_a_bound_may_be_a_multiple_of_the_baseline(bound: str) -> None:
    found = parse_condition(f" cpu_us_per_request{bound}")
    assert (found.metric, found.above, found.inclusive, found.bound, found.relative) == (
        "cpu_us_per_request", True, False, 1.05, True,
    )  # fmt: skip


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("operator", "above", "inclusive"),
    [(">", True, False), (">=", True, True), ("<", False, False), ("<=", False, True)],
)
def test_every_metric_and_operator_is_read(metric: str, operator: str, above: bool, inclusive: bool) -> None:
    found = parse_condition(f"{metric} {operator} 250")
    assert (found.metric, found.above, found.inclusive, found.bound, found.relative) == (
        metric,
        above,
        inclusive,
        250,
        False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpu_us_per_request",
        "cpu_us_per_request > ",
        "cpu_us_per_request == 5",
        "5 < wall_s",
        "wall_s > 1.05 x candidate",
        "wall_s > -1",
        "wall_s > 1e3",
        "wall_s > 1 x baseline; rm",
        "cpu > 5",
        "wall_s > 1.05 baseline",
    ],
)
def test_what_is_not_of_the_grammar_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(ConditionError, match="METRIC OPERATOR NUMBER"):
        parse_condition(text)


def test_it_fails_only_when_the_whole_interval_is_beyond_the_bound() -> None:
    text = "cpu_us_per_request > 1.05 x baseline"
    assert outcome(text, result_with(1.06, 1.12)) is Outcome.HOLDS
    assert outcome(text, result_with(1.04, 1.12)) is Outcome.NOT
    assert outcome(text, result_with(0.90, 1.00)) is Outcome.NOT
    assert outcome("cpu_us_per_request < 0.95 x baseline", result_with(0.80, 0.94)) is Outcome.HOLDS
    assert outcome("cpu_us_per_request < 0.95 x baseline", result_with(0.80, 0.96)) is Outcome.NOT


def test_the_bound_itself_is_beyond_only_where_the_operator_includes_it() -> None:
    assert outcome("cpu_us_per_request >= 1.05 x baseline", result_with(1.05, 1.12)) is Outcome.HOLDS
    assert outcome("cpu_us_per_request > 1.05 x baseline", result_with(1.05, 1.12)) is Outcome.NOT


def test_a_baseline_that_differs_from_itself_decides_nothing() -> None:
    assert outcome("cpu_us_per_request > 1.05 x baseline", result_with(1.2, 1.3, aa=(1.02, 1.06))) is Outcome.UNDECIDED


def test_arms_that_cannot_be_compared_decide_nothing() -> None:
    apart = replace(result_with(1.2, 1.3), incompatibilities=("the scenario differs",))
    assert outcome("cpu_us_per_request > 1.05 x baseline", apart) is Outcome.UNDECIDED
    assert outcome("cpu_us_per_request > 1.05 x baseline", replace(apart, allowed=True)) is Outcome.HOLDS


def test_absolute_bounds_and_counts_are_checked_on_the_candidate() -> None:
    found = comparison_result(two_arms())
    assert outcome("errors > 0", found) is Outcome.NOT
    assert outcome("cpu_us_per_request > 100", found) is Outcome.HOLDS
    assert outcome("cpu_us_per_request > 1000", found) is Outcome.NOT
    assert outcome("latency_ms.p99 > 1 x baseline", found) is Outcome.HOLDS


def test_what_has_no_interval_is_not_decided_and_says_so() -> None:
    found = result_with(1.2, 1.3)
    pair = found.pairs[0]
    bare = replace(pair.comparison.effect, ratio=Estimate(1.25, None, None, "ratio", 1))
    once = replace(found, pairs=(replace(pair, comparison=replace(pair.comparison, effect=bare)),))
    (checked,) = check_condition(parse_condition("cpu_us_per_request > 1.05 x baseline"), once)
    assert checked.outcome is Outcome.UNDECIDED
    assert "measure more blocks" in checked.reason


def test_the_reason_says_value_interval_and_bound() -> None:
    (checked,) = check_condition(parse_condition("cpu_us_per_request > 1.05 x baseline"), result_with(1.06, 1.12))
    assert checked.reason == "cpu_us_per_request of httpx: 1.09 [1.06, 1.12] x baseline; the bound is 1.05"
