"""The control lens: failed requests are counted and never averaged in; nothing measured is absent, not 0."""

import math
from array import array
from dataclasses import replace

import numpy as np
import pytest

from clientprof.attribution.costs.headline import cold_of, control_of, observer_effect, observer_of_core
from clientprof.model.run import OriginTruth, RoundKind, Run
from recordings import FACTS, control_run, exchanges, rounds, run_of


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


def test_an_observer_effect_of_uneven_rounds_has_an_interval_above_nothing() -> None:
    control = control_of([control_run(100.0), control_run(104.0)])
    assert control is not None
    effect = observer_effect(_rounds_of([500.0, 1000.0]), control)
    assert effect is not None
    assert effect.low is not None
    assert effect.high is not None
    assert 0 < effect.low < effect.value < effect.high


@pytest.mark.parametrize("processes", [4, 8])
def test_the_interval_of_an_observer_effect_covers_the_truth_where_processes_differ(processes: int) -> None:
    generator = np.random.default_rng(processes)
    covered = 0
    for _ in range(300):
        control = control_of([control_run(float(cpu)) for cpu in 100 * generator.lognormal(0, 0.1, processes)])
        level = 105 * generator.lognormal(0, 0.1)
        assert control is not None
        effect = observer_effect(_rounds_of((level * generator.lognormal(0, 0.03, 30)).tolist()), control)
        assert effect is not None
        covered += effect.contains(1.05)
    # 95 in 100: of 300, 285 and four standard deviations less.
    assert covered >= 270


def _rounds_of(cpus_us: list[float]) -> Run:
    """A run under a lens with a round of so much CPU per request each."""
    runs = [control_run(cpu_us) for cpu_us in cpus_us]
    names = [name for name in runs[0].columns if name.startswith("round.")]
    return run_of({name: array("q", [value for run in runs for value in run.columns[name]]) for name in names})


def test_the_share_of_a_core_that_a_lens_adds_is_what_it_is_busy_beyond_the_control() -> None:
    # Rounds of 2,000 us of wall time for 4 requests.
    control = control_of([_idle_run(10.0), _idle_run(10.0)])
    assert control is not None
    assert control.share_of_core == pytest.approx(0.02)
    assert observer_of_core(_idle_run(21.0), control) == pytest.approx(0.022)
    assert observer_of_core(run_of(lens="ledger"), control) is None


def _idle_run(cpu_us: float) -> Run:
    """Four requests of that much CPU each, in 2 ms."""
    run = control_run(500.0)
    return Run(
        replace(run.facts, requests_per_round=4), {**run.columns, "round.cpu_ns": array("q", [round(4000 * cpu_us)])}
    )


@pytest.mark.parametrize(
    ("notes", "counted"), [((), 0), (("left out: writes and reads on connections: x is not there",), None)]
)
def test_what_a_left_out_instrument_did_not_count_is_absent_and_not_zero(
    notes: tuple[str, ...], counted: int | None
) -> None:
    columns = rounds((RoundKind.COLD, 0, 1, 100, 200)) | exchanges((110, 190))
    ledger = Run(replace(FACTS, notes=notes), columns)
    cold = cold_of([Run(replace(FACTS, lens="control"), columns)], ledger)
    assert cold is not None
    assert (cold.connects, cold.handshakes) == (counted, counted)


def test_a_cold_round_that_the_ledger_did_not_measure_has_the_origins_counts_of_the_control_run() -> None:
    cold, warm = (RoundKind.COLD, 0, 1, 0, 2_000_000_000), (RoundKind.MEASURED, 1, 1, 3_000_000_000, 4_000_000_000)
    columns = rounds(cold, warm) | exchanges((0, 2_000_000_000), (3_000_000_000, 4_000_000_000))
    truth = OriginTruth(180, 0, 0, 1, 0, 0, max_in_flight=1, max_connections=100)
    control = [Run(replace(FACTS, lens="control", origin_cold=each), columns) for each in (None, truth)]
    ledger = Run(FACTS, rounds(warm) | exchanges((3_000_000_000, 4_000_000_000)))
    found = cold_of(control, ledger)
    assert found is not None
    assert found.wall_s.value == pytest.approx(2.0)
    assert (found.connects, found.connects_by_origin, found.most_connections_by_origin) == (None, 180, 100)
    assert (found.handshakes, found.handshakes_by_origin) == (None, 0)
    assert cold_of(control[:1], ledger) is None
