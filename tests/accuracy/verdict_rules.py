"""What an accuracy test does with results: prints them all, fails on failures, and never passes on noise."""

from collections.abc import Sequence

import pytest

from clientprof.proof.checks.result import CheckResult, Outcome


def settle(results: Sequence[CheckResult]) -> None:
    """Print the figures; fail if a check failed; skip, with the figure, if the machine was too noisy to tell."""
    print()
    for result in results:
        print(f"  {result.verdict:12} {result.name}: true {result.true:.4g}, {result.reason}")
    failures = [f"{result.name}: {result.reason}" for result in results if result.verdict is Outcome.FAIL]
    assert not failures
    unclear = [f"{result.name}: {result.reason}" for result in results if result.verdict is Outcome.INCONCLUSIVE]
    if unclear:
        pytest.skip(f"inconclusive: {'; '.join(unclear)}")
