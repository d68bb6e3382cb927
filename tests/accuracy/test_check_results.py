"""A verdict passes only what is both small and known well enough; noise is never a pass."""

import math

import pytest

from clientprof.proof.checks.result import Outcome, failed, inconclusive, overall, within


@pytest.mark.parametrize(
    ("reported", "uncertainty", "verdict"),
    [
        (1.02, None, Outcome.PASS),
        (1.02, 0.01, Outcome.PASS),
        (1.06, None, Outcome.FAIL),
        (1.08, 0.02, Outcome.FAIL),
        (0.90, 0.02, Outcome.FAIL),
        (1.06, 0.02, Outcome.INCONCLUSIVE),
        (1.00, 0.06, Outcome.INCONCLUSIVE),
        (math.nan, None, Outcome.INCONCLUSIVE),
        (1.00, math.inf, Outcome.INCONCLUSIVE),
    ],
)
def test_an_error_is_judged_with_its_uncertainty(reported: float, uncertainty: float | None, verdict: Outcome) -> None:
    result = within("slope", 1.0, reported, 0.05, "us/us", uncertainty)
    assert result.verdict is verdict
    assert result.reason


def test_the_figure_is_in_the_reason_of_what_could_not_be_told() -> None:
    assert "+0.01 +- 0.09 µs" in within("slope", 1.0, 1.01, 0.05, "µs", 0.09).reason


def test_one_failure_outweighs_everything_and_noise_outweighs_passes() -> None:
    good, noisy = within("a", 0, 0, 1, "us"), inconclusive("b", 1, "us", "noise")
    assert overall([good]) is Outcome.PASS
    assert overall([good, noisy]) is Outcome.INCONCLUSIVE
    assert overall([noisy, failed("c", 1, "us", "no balance"), good]) is Outcome.FAIL
