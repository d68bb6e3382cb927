"""The statistics on real runs: equal arms are not called different, and +4 % CPU is seen."""

import pytest

from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.verdicts import verdicts
from verdict_rules import settle

pytestmark = pytest.mark.slow


def test_equal_arms_agree_and_four_percent_is_found() -> None:
    # Three quarters of what `clientprof selfcheck` measures: 36 blocks and 12.
    settle(verdicts(Budget(scale=0.75)))
