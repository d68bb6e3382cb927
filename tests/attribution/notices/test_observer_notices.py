"""Whoever looks at a client says what that cost, whatever the load."""

from dataclasses import replace

import pytest

from client_results import CONTROL, client
from clientprof.attribution.notices.observer_notices import IDLE_OF_CORE, observer_notices
from clientprof.attribution.notices.raised import notices_of
from clientprof.model.estimate import Estimate
from clientprof.model.results import ClientResult, Control
from recordings import control_run, recording_of


def busy(share_of_core: float) -> Control:
    """100 us of CPU for each of 10 requests, in a time that makes it that share."""
    wall_s = 100e-6 * 10 / share_of_core
    return replace(
        CONTROL, cpu_us_per_request=Estimate(100.0, 95.0, 105.0, "us", 8), wall_s=Estimate(wall_s, None, None, "s", 1)
    )


def said(result: ClientResult) -> list[str]:
    notices = list(observer_notices(result))
    assert {notice.id for notice in notices} <= {"observer-over-budget"}
    return [notice.text for notice in notices]


@pytest.mark.parametrize(("low", "warned"), [(1.2, True), (1.05, False)])
def test_a_lens_is_over_budget_if_its_whole_interval_is(low: float, warned: bool) -> None:
    observed = client(control=busy(0.9), observer={"ledger": Estimate(1.3, low, 1.4, "ratio", 3)})
    assert bool(said(observed)) is warned
    notices = notices_of(recording_of(control_run()), (observed,))
    assert ("observer-over-budget" in [notice.id for notice in notices]) is warned


@pytest.mark.parametrize(("value", "warned"), [(1.3, False), (1.5, True)])
def test_a_single_round_is_warned_of_where_noise_cannot_explain_it(value: float, warned: bool) -> None:
    observed = client(control=busy(0.9), observer={"sample": Estimate(value, None, None, "ratio", 1)})
    assert bool(said(observed)) is warned


def test_the_warning_of_a_client_that_computes_tells_the_ratio_alone() -> None:
    effect = Estimate(1.3, 1.2, 1.4, "ratio", 3)
    (text,) = said(client(control=busy(0.5), observer={"ledger": effect}, observer_of_core={"ledger": 0.15}))
    assert text == "The ledger lens cost httpx 1.30x the control's CPU (budget 1.10x)."


def test_an_idle_client_is_held_against_a_core_and_not_against_its_little_cpu() -> None:
    wild = Estimate(7.37, None, None, "ratio", 1)
    (text,) = said(client(control=busy(0.0035), observer={"ledger": wild}, observer_of_core={"ledger": 0.022}))
    assert text == (
        "httpx waits nearly all of the time (0.4\u00a0% of a core busy), and the ledger lens cost it 2.2\u00a0% of a core, "
        "7.37x the control's CPU (budget 0.3\u00a0% of a core)."
    )
    assert said(client(control=busy(0.0005), observer={"ledger": wild}, observer_of_core={"ledger": 0.0025})) == []


def test_an_idle_client_whose_cpu_the_clock_does_not_resolve_is_warned_of_too() -> None:
    nothing = replace(CONTROL, cpu_us_per_request=Estimate(0.0, None, None, "us", 1))
    (text,) = said(client(control=nothing, observer={}, observer_of_core={"count": 0.004}))
    assert "the count lens cost it 0.4\u00a0% of a core (budget" in text


@pytest.mark.parametrize("share_of_core", [IDLE_OF_CORE * 0.999, IDLE_OF_CORE * 1.001])
def test_the_two_budgets_meet(share_of_core: float) -> None:
    for ratio, warned in ((1.09, False), (1.11, True)):
        observed = client(
            control=busy(share_of_core),
            observer={"ledger": Estimate(ratio, ratio, ratio, "ratio", 9)},
            observer_of_core={"ledger": (ratio - 1) * share_of_core},
        )
        assert bool(said(observed)) is warned


def test_without_control_runs_nothing_is_claimed() -> None:
    assert said(client(control=None)) == []
