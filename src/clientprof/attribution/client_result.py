"""Everything one recording says about one client."""

from collections.abc import Mapping, Sequence

from clientprof.attribution.costs.aging_costs import aging_costs
from clientprof.attribution.costs.call_tree import call_tree
from clientprof.attribution.costs.counter_rows import counter_rows
from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.headline import (
    cold_of,
    control_of,
    observer_effect,
    observer_of_core,
    other_threads_us,
    unfinished_of,
)
from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.costs.permalinks import sources_of
from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.attribution.costs.tls_costs import tls_costs
from clientprof.attribution.failures.closings import closings_of
from clientprof.attribution.failures.failed_requests import failed_requests
from clientprof.attribution.failures.goaways import goaways
from clientprof.attribution.ledger.event_reading import EventReading
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.ledger.pieces import Pieces
from clientprof.attribution.ledger.thread_ledger import build_thread_ledger
from clientprof.attribution.memory.memory_costs import memory_costs
from clientprof.attribution.notices.in_flight import in_flight_of
from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.attribution.waits.blocked import blocked_in
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.lenses import LENS_RUNS, ON_EVERY_PYTHON
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.recording import Recording, RecordingKind
from clientprof.model.results import ClientResult, Control, CrossCheck, LayerCost
from clientprof.model.run import Run

# The lenses of each command. ``trace`` warns of those that were deselected too: its report has a place for them.
_LENSES = {
    RecordingKind.TRACE: ON_EVERY_PYTHON,
    RecordingKind.COMPARISON: ("control", "sample", "count"),
    RecordingKind.SWEEP: ("control", "sample"),
    RecordingKind.EXPLANATION: ("control", "sample", "count"),
}
LENSES_WITH_EFFECT = tuple(name for name in LENS_RUNS if name not in ("control", "memory"))


def client_result(recording: Recording, client: str, whole: Recording | None = None) -> ClientResult:
    """The client's result; parts whose lens did not run are None or empty.

    ``whole`` has the runs too that were left out: a ledger run in which more requests fail than without instruments still
    tells why those of the control's errors fail.
    """
    control_runs = recording.of(client, "control")
    lens = {name: _last(recording.of(client, name)) for name in LENSES_WITH_EFFECT}
    memory_run = _last(recording.of(client, "memory"))
    runs = [run for run in (*control_runs, *lens.values(), memory_run) if run is not None]
    facts = runs[0].facts
    control = control_of(control_runs)
    sample, count, ledger_run = lens["sample"], lens["count"], lens["ledger"]
    time = None if sample is None else sampled_time(sample)
    others_us = other_threads_us(control_runs)
    layers = () if time is None else layer_costs(time, others_us)
    reading = None if ledger_run is None else EventReading.of(Pieces(ledger_run))
    ledger = None if reading is None else _ledger(reading)
    unfinished = unfinished_of(runs, cold=False)
    # Parts of rounds cannot be set against one another.
    observer, of_core = ({}, {}) if control is None or unfinished is not None else _effects(lens, control)
    failing = ledger_run or _last((whole or recording).of(client, "ledger"))
    failed = () if failing is None else failed_requests(failing)
    if failing is not ledger_run:
        usual = {} if control is None else control.errors
        failed = tuple(row for row in failed if row.error in usual)
    calls = () if count is None else count.facts.calls
    other = next((row.share for row in layers if row.layer is Layer.OTHER), 0.0)
    shares = [other] if layers else []
    if ledger is not None:
        shares.append(ledger.unattributed_share)
    return ClientResult(
        name=client,
        version=facts.client_version,
        packages=facts.packages,
        loop=facts.loop,
        control=control,
        cold=cold_of(control_runs, ledger_run),
        observer=observer,
        layers=layers,
        functions=() if time is None else function_costs(time, calls, facts.requests_per_round),
        ledger=ledger,
        profile=None if time is None else call_tree(time),
        counters=counter_rows(count, ledger_run, _last(control_runs)),
        boundaries=facts.boundaries,
        cross_check=_cross_check(layers, lens["pyinstrument"], lens["tachyon"]),
        unattributed_share=max(shares) if shares and not facts.opaque else None,
        opaque=facts.opaque,
        sources=sources_of(facts.packages, facts.python, _of_client(recording, client)),
        lenses=_lenses(recording, runs),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.facts.notes)),
        off_cpu=_off_cpu(reading, time),
        observer_of_core=of_core,
        interpreter=facts.interpreter,
        failures=failed,
        goaways=None if failing is None else goaways(failing, failed),
        failures_disturbed=bool(failed) and failing is not ledger_run,
        in_flight=in_flight_of(recording, client),
        unfinished=unfinished,
        unfinished_cold=unfinished_of(runs, cold=True),
        memory=None if memory_run is None else memory_costs(memory_run),
        aging=() if unfinished is not None or facts.opaque else aging_costs(control_runs, sample),
        closings=None if failing is None else closings_of(failing),
        tls=None if ledger_run is None else tls_costs(ledger_run),
        other_threads_us=others_us if layers else 0.0,
    )


def _effects(lens: Mapping[str, Run | None], control: Control) -> tuple[dict[str, Estimate], dict[str, float]]:
    """What each lens costs the client, as a ratio to no lens and as a share of a core; those left out that tell nothing."""
    there = {name: run for name, run in lens.items() if run is not None}
    effects = {name: observer_effect(run, control) for name, run in there.items()}
    shares = {name: observer_of_core(run, control) for name, run in there.items()}
    return (
        {name: effect for name, effect in effects.items() if effect is not None},
        {name: share for name, share in shares.items() if share is not None},
    )


def _of_client(recording: Recording, client: str) -> tuple[MeasuredSource, ...]:
    return tuple(source for source in recording.manifest.sources if source.client == client)


def _off_cpu(reading: EventReading | None, time: SampledTime | None) -> tuple[OffCpuCost, ...]:
    """Both kinds, the most first; what is left over, which has no function, at the end."""
    awaited = () if reading is None else awaited_costs(reading.pieces.run, reading)
    blocked = () if time is None else blocked_in(time)
    return tuple(sorted((*awaited, *blocked), key=lambda row: (not row.function, -row.us_per_request.value)))


def _ledger(reading: EventReading) -> Ledger | None:
    """By loop or by thread, as the run was recorded."""
    run = reading.pieces.run
    return build_thread_ledger(run) if run.length("exchange.thread") else build_ledger(run, reading)


def _lenses(recording: Recording, runs: Sequence[Run]) -> tuple[str, ...]:
    """The lenses that were meant for the client: a scenario has its own; threads are beyond pyinstrument."""
    lenses = _LENSES[recording.manifest.kind]
    left_out = any(notice[0] == "lens-left-out" for notice in recording.manifest.notices)
    if recording.manifest.scenario is not None or left_out:
        ran = {run.facts.lens for run in recording.runs}
        lenses = tuple(lens for lens in lenses if lens in ran)
    in_threads = any(run.length("exchange.thread") for run in runs)
    return tuple(lens for lens in lenses if not (in_threads and LENS_RUNS[lens].one_thread))


def _last(runs: Sequence[Run]) -> Run | None:
    return runs[-1] if runs else None


def _cross_check(layers: Sequence[LayerCost], pyinstrument: Run | None, tachyon: Run | None) -> tuple[CrossCheck, ...]:
    """Our shares beside those of the others, all without GC and the instruments, which pyinstrument does not tell apart."""
    ours = _shares(layers)
    by_others = [_shares(() if run is None else _layers_of(run)) for run in (pyinstrument, tachyon)]
    if not ours or not any(by_others):
        return ()
    return tuple(
        CrossCheck(layer, ours.get(layer, 0.0), *(shares.get(layer, 0.0) if shares else None for shares in by_others))
        for layer in Layer
        if any(layer in shares for shares in (ours, *by_others))
    )


def _layers_of(run: Run) -> tuple[LayerCost, ...]:
    time = sampled_time(run)
    return () if time is None else layer_costs(time)


def _shares(layers: Sequence[LayerCost]) -> dict[Layer, float]:
    shares = {row.layer: row.share for row in layers if row.layer not in (Layer.GC, Layer.PROFILER)}
    total = sum(shares.values()) or 1.0
    return {layer: share / total for layer, share in shares.items()}
