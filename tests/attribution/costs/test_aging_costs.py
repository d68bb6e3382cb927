"""Costs over the requests made before, from rounds and samples made by hand."""

from array import array
from collections.abc import Callable

import pytest

from client_results import client
from clientprof.attribution.costs.aging_costs import FEWEST_ROUNDS, aging_costs
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.growth.aging import AgingCost
from clientprof.model.run import RoundKind, Run
from recordings import TURN, code, rounds, run_of, sampled

MS = 1_000_000
SCAN, OTHER = code("x.pool", "scan"), code("x.http", "parse")


def control(cost_us: Callable[[int], float], count: int = 24) -> Run:
    """So many rounds of 100 requests of a second each, whose CPU per request is told by the round's number."""
    table = rounds(*((RoundKind.MEASURED, 100 * n, 100, 1000 * MS * n, 1000 * MS * n + 900 * MS) for n in range(count)))
    table["round.cpu_ns"] = array("q", [round(cost_us(n) * 100 * 1000) for n in range(count)])
    return run_of(table, lens="control")


def sampler(scan_ns: Callable[[int], int], count: int = 24, *, collected_ns: int = 0, signal_ns: int = 0) -> Run:
    """Ten samples of each function in every round; collections before those of ``scan``."""
    samples: list[tuple[int, ...]] = []
    for n in range(count):
        for k in range(10):
            samples += [(1000 * MS * n + k * MS, scan_ns(n), 0, collected_ns), (1000 * MS * n + k * MS + 1, MS, 1)]
    codes, found = sampled([(TURN, SCAN), (TURN, OTHER)], samples)
    columns = control(lambda n: 100.0, count).columns
    return run_of(columns, found, lens="sample", codes=codes, signal_ns=signal_ns)


def test_a_function_that_grows_with_the_requests_is_the_first_and_the_rest_does_not_grow() -> None:
    whole, *functions = aging_costs([control(lambda n: 100.0 + 10 * n)], sampler(lambda n: MS * (2 * n + 1)))
    assert (whole.location, whole.requests[0]) == (None, 50.0)
    assert [(row.location, row.grows) for row in functions] == [(SCAN, True), (OTHER, False)]
    slope = functions[0].slope
    assert slope is not None
    assert slope.value == pytest.approx(1.0, abs=0.02)


def test_costs_that_stay_the_same_raise_nothing() -> None:
    costs = aging_costs([control(lambda n: 100.0 + (n % 3))], sampler(lambda n: MS))
    assert len(costs) == 3
    assert not any(row.grows for row in costs)
    assert not [each for each in findings_of(client(aging=costs), None) if each.id == "cost-grows-with-age"]


def test_growth_that_is_little_of_all_cpu_does_not_matter() -> None:
    (_, *functions) = aging_costs([control(lambda n: 100.0)], sampler(lambda n: 800 * n + 400))
    assert not any(row.grows for row in functions)


@pytest.mark.parametrize(("scan_ns", "us"), [(MS, 270.0), (MS // 10, 0.0)])
def test_a_sample_stands_for_the_collections_before_it_too_unless_all_its_cpu_is_the_signals(
    scan_ns: int, us: float
) -> None:
    run = sampler(lambda n: scan_ns, collected_ns=2 * MS, signal_ns=MS // 10 * 3)
    (scan,) = (row for row in aging_costs([], run) if row.location == SCAN)
    assert scan.us_per_request == pytest.approx([us] * len(scan.us_per_request))


def test_few_rounds_show_nothing() -> None:
    few = FEWEST_ROUNDS - 1
    assert aging_costs([control(lambda n: 100.0 + 50 * n, few)], sampler(lambda n: MS * n, few)) == ()
    assert aging_costs([], None) == ()


def test_the_finding_names_the_function_and_its_slope() -> None:
    costs: tuple[AgingCost, ...] = aging_costs([control(lambda n: 100.0 + 10 * n)], sampler(lambda n: MS * (2 * n + 1)))
    (finding,) = (each for each in findings_of(client(aging=costs), None) if each.id == "cost-grows-with-age")
    assert finding.title == "Requests of httpx cost the more the more were made before, in x.pool.scan"
    assert "to the power 1.00" in finding.claim
    assert finding.culprits[0].function == "scan"
