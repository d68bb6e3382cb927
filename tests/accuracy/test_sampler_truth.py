"""The sampler: no bias for small functions, no lockstep, no cost of its own, and two runs with one flame graph."""

import pytest

from clientprof.proof.checks import flame_noise, function_bias, sampler_health
from clientprof.proof.checks.budget import Budget
from verdict_rules import settle

pytestmark = pytest.mark.slow
LONG = Budget(scale=2.0)


def test_many_tiny_calls_get_no_more_than_their_share() -> None:
    settle(function_bias.function_bias(LONG))


def test_work_in_step_with_the_timer_gets_its_share() -> None:
    settle(sampler_health.lockstep(LONG))


def test_the_samplers_own_cpu_is_not_in_the_weights() -> None:
    settle(sampler_health.own_cost(LONG))


def test_no_stack_has_a_call_that_the_program_does_not_make() -> None:
    settle(sampler_health.possible_stacks(LONG))


def test_two_runs_of_one_client_have_flame_graphs_that_differ_by_chance_only() -> None:
    settle(flame_noise.flame_noise(LONG))
