"""Slow-downs planted into every layer of both clients are reported in that layer, to the microsecond, and nowhere else."""

import pytest

from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.slow_downs import CPU_S, FULL, PAIRS, Moving, moved_until_known
from verdict_rules import settle

pytestmark = pytest.mark.slow
# Each; they stop earlier when they know enough.
LONG = Budget(seconds=20.0)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("client", CPU_S)
def test_a_burn_moved_between_two_layers_is_reported_where_it_is(client: str, pair: tuple[str, str]) -> None:
    settle(moved_until_known([Moving(client, pair, FULL, seed=1)], LONG))


@pytest.mark.parametrize("client", CPU_S)
def test_a_careful_wrapper_changes_nothing(client: str) -> None:
    settle(moved_until_known([Moving(client, ("parser", "read"), FULL, seed=1, keep_names=True)], LONG))
