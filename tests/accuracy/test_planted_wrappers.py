"""Plants spend what they say, count it themselves, and cannot be told from a user's own patch."""

import asyncio
import sys
from time import thread_time_ns

import pytest

from clientprof.probes.locations import locate
from clientprof.proof.planting.dose import Dose
from clientprof.proof.planting.orders import BlockOrder, Orders, PlantOrder
from clientprof.proof.planting.plants import PLANTS
from clientprof.proof.planting.wrappers import count_collections, wrap

DOSE_NS = 2_000_000


def answer(value: int) -> int:
    return value + 1


async def answer_later(value: int) -> int:
    return value + 1


def test_a_burn_takes_the_cpu_that_it_counts() -> None:
    dose = Dose(DOSE_NS)
    planted = wrap(answer, dose, "burn", "planted", 0, keep_name=False)
    began = thread_time_ns()
    assert [planted(n) for n in range(5)] == [1, 2, 3, 4, 5]
    took = thread_time_ns() - began
    assert dose.calls == 5
    assert 5 * DOSE_NS <= dose.spent_ns <= took < 1.5 * dose.spent_ns


def test_an_empty_dose_burns_nothing_and_still_counts_calls() -> None:
    dose = Dose()
    wrap(answer, dose, "burn", "planted", 0, keep_name=False)(1)
    assert (dose.calls, dose.spent_ns) == (1, 0)


def test_a_coroutine_burns_when_it_runs_and_returns_what_the_original_does() -> None:
    dose = Dose(DOSE_NS)
    coroutine = wrap(answer_later, dose, "burn", "planted", 0, keep_name=False)(1)
    assert dose.spent_ns == 0
    assert asyncio.run(coroutine) == 2
    assert dose.spent_ns >= DOSE_NS


def test_a_step_with_a_sample_in_it_is_done_again() -> None:
    samples = iter(range(10**9))
    dose = Dose(DOSE_NS, samples=lambda: min(next(samples) // 40, 50))
    began = thread_time_ns()
    wrap(answer, dose, "burn", "planted", 0, keep_name=False)(1)
    assert thread_time_ns() - began > dose.spent_ns >= DOSE_NS


def test_failed_imports_leave_no_module_and_cost_what_is_counted() -> None:
    dose = Dose(DOSE_NS)
    before = set(sys.modules)
    began = thread_time_ns()
    wrap(answer, dose, "import", "planted", 0, keep_name=False)(1)
    took = thread_time_ns() - began
    assert set(sys.modules) == before
    assert DOSE_NS <= dose.spent_ns <= took
    assert 0 < dose.side_ns < dose.spent_ns / 5


def test_litter_is_collected_and_the_collections_are_counted_apart() -> None:
    import gc

    threshold = gc.get_threshold()
    dose = Dose(5 * DOSE_NS)
    stop = count_collections(dose)
    try:
        wrap(answer, dose, "litter", "planted", 0, keep_name=False)(1)
    finally:
        stop()
        gc.set_threshold(*threshold)
    assert dose.side_ns >= 5 * DOSE_NS
    assert dose.spent_ns > 0


def test_each_plant_has_a_name_and_a_line_of_its_own() -> None:
    first, second = (wrap(answer, Dose(), "burn", f"planted_{n}", n, keep_name=False) for n in range(2))
    places = [locate(function.__code__) for function in (first, second)]
    assert [place.function for place in places] == ["planted_0", "planted_1"]
    assert places[0].line != places[1].line
    assert {place.origin for place in places} == {"app"}


@pytest.mark.parametrize("keep_name", [True, False])
def test_careful_patches_lead_to_the_original_and_ignorant_ones_hide_it(keep_name: bool) -> None:
    planted = wrap(answer, Dose(), "burn", "planted", 0, keep_name=keep_name)
    assert (getattr(planted, "__wrapped__", None) is answer) is keep_name


def test_orders_survive_the_environment() -> None:
    orders = Orders((PlantOrder("a:b", "planted", "burn", (0, 5)),), BlockOrder(2, 3, 4), together=True, seed=9)
    assert Orders.read(orders.environment()) == orders


@pytest.mark.parametrize("client", PLANTS)
def test_every_plant_has_a_function_to_be_planted_at(client: str) -> None:
    from clientprof.probes.observation_points import find

    assert [name for name, plant in PLANTS[client].items() if find(plant.target) is None] == []
