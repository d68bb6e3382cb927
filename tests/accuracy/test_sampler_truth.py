"""The sampler: no bias for small functions, no lockstep, no cost of its own, and two runs with one flame graph."""

import pytest

from clientprof.proof.checks import blocking, flame_noise, function_bias, sampler_health
from clientprof.proof.checks.budget import Budget
from verdict_rules import settle

pytestmark = pytest.mark.slow
LONG = Budget(scale=2.0, seconds=30.0)


def test_many_tiny_calls_get_no_more_than_their_share() -> None:
    settle(function_bias.function_bias(LONG))


def test_lockstep_own_cost_and_stacks_of_the_sampler_are_right() -> None:
    settle(sampler_health.sampler_health(LONG))


def test_code_that_blocks_gets_its_time_and_no_cpu_of_others() -> None:
    settle(blocking.blocking(LONG))


def test_two_runs_of_one_client_have_flame_graphs_that_differ_by_chance_only() -> None:
    settle(flame_noise.flame_noise(LONG))
