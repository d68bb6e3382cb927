"""The control lens: failed requests are counted and never averaged in; nothing measured is absent, not 0."""

import math

import pytest

from clientprof.attribution.headline import cold_of, control_of, observer_effect
from clientprof.model.recording import RoundKind
from recordings import control_run, exchanges, rounds, run_of


def test_each_run_is_one_observation() -> None:
    control = control_of([control_run(100.0), control_run(110.0), control_run(120.0)])
    assert control is not None
    assert control.cpu_us_per_request.n == 3
    assert control.cpu_us_per_request.value == pytest.approx(110.0)
    assert (control.ok, control.rounds) == (12, 3)


def test_failed_requests_are_counted_by_type_and_left_out_of_latency() -> None:
    control = control_of([control_run(100.0, errors=3)])
    assert control is not None
    assert (control.ok, dict(control.errors)) == (1, {"PoolTimeout": 3})
    assert control.latency_ms.p50 == control.latency_ms.max == pytest.approx(0.4)


def test_where_every_request_failed_latency_is_absent_and_cpu_still_stands() -> None:
    control = control_of([control_run(100.0, errors=4)])
    assert control is not None
    assert control.ok == 0
    assert (control.latency_ms.p50, control.latency_ms.p99, control.latency_ms.max) == (None, None, None)
    assert control.cpu_us_per_request.value == pytest.approx(100.0)
    assert math.isfinite(control.wall_s.value)


def test_one_run_of_one_request_has_values_without_intervals() -> None:
    control = control_of([control_run(100.0, count=1)])
    assert control is not None
    assert control.cpu_us_per_request.low is None
    assert control.latency_ms.p50 == control.latency_ms.p99


def test_warm_up_and_cold_rounds_are_not_the_headline() -> None:
    parts = rounds((RoundKind.COLD, 0, 1, 0, 9_000_000), (RoundKind.MEASURED, 1, 1, 10_000_000, 11_000_000))
    run = run_of(parts, exchanges((0, 9_000_000), (10_000_000, 11_000_000)), lens="control")
    control = control_of([run])
    assert control is not None
    assert control.latency_ms.max == pytest.approx(1.0)
    assert control.wall_s.value == pytest.approx(0.001)


def test_no_measured_round_gives_no_headline() -> None:
    assert control_of([]) is None
    assert control_of([run_of(lens="control")]) is None
    assert cold_of([control_run()], None) is None


def test_the_observer_effect_is_cpu_under_the_lens_over_cpu_without() -> None:
    control = control_of([control_run(100.0), control_run(100.0)])
    assert control is not None
    effect = observer_effect(control_run(108.0), control)
    assert effect is not None
    assert effect.value == pytest.approx(1.08)
    assert observer_effect(run_of(lens="ledger"), control) is None
