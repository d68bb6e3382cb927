"""A recording, answered: the result that reports and ``summary.json`` show."""

from collections.abc import Mapping

from clientprof.attribution.client_result import client_result
from clientprof.attribution.costs.against_baseline import compare
from clientprof.attribution.costs.headline import control_of
from clientprof.attribution.experiments.gains import measured_advice, with_experiments
from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.rules import findings_of
from clientprof.attribution.notices.disturbed_lenses import undisturbed
from clientprof.attribution.notices.interpreters import environment_of
from clientprof.attribution.notices.raised import notices_of, obstacles
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult, Floor, Setting, TraceResult
from clientprof.model.run import FLOOR


def trace_result(recording: Recording, files: Mapping[str, str] | None = None) -> TraceResult:
    """Analyse the recording. ``files`` names what was written, for the reader."""
    whole, recording = recording, undisturbed(recording)
    manifest = recording.manifest
    # The baseline's second arm alone says nothing of it.
    measured = {run.facts.client for run in recording.runs if run.facts.arm == run.facts.client}
    clients = tuple(client_result(recording, name, whole) for name in manifest.clients if name in measured)
    guards = obstacles(recording, clients)
    comparisons = tuple(
        comparison
        for client in clients
        if manifest.baseline in measured
        and client.name != manifest.baseline
        and manifest.baseline is not None
        and not any(each.unfinished for each in clients if each.name in (client.name, manifest.baseline))
        and (comparison := compare(recording, client.name, manifest.baseline, guards)) is not None
    )
    about = next((c for c in comparisons if c.effect.candidate == clients[0].name), None)
    found = findings_of(clients[0], about, _named(clients, manifest.baseline)) if clients else ()
    tried = with_experiments(found, recording)
    causes = causes_of(tried, clients[0], measured_advice(recording)) if clients else ()
    return TraceResult(
        title=_title(manifest.clients, manifest.baseline),
        command=manifest.command,
        created=manifest.created,
        seed=manifest.seed,
        complete=manifest.complete,
        environment=environment_of(manifest, recording.runs, [client.name for client in clients]),
        workload=tuple(Setting(*row) for row in manifest.workload),
        clients=clients,
        comparisons=comparisons,
        findings=tuple(finding for cause in causes for finding in cause.findings),
        causes=causes,
        notices=notices_of(recording, clients),
        files=files or {},
        floor=_floor(recording, clients),
        measured_sources=manifest.sources,
    )


def _named(clients: tuple[ClientResult, ...], name: str | None) -> ClientResult | None:
    """The baseline's result; None where there is none, or where it is the client asked about."""
    return next((client for client in clients[1:] if client.name == name), None)


def _floor(recording: Recording, clients: tuple[ClientResult, ...]) -> Floor | None:
    """The floor's figures, None where it did not run or any of its requests failed."""
    control = control_of(recording.of(FLOOR, "control"))
    if control is None or control.errors or FLOOR in recording.manifest.clients:
        return None
    least_us = control.cpu_us_per_request.value
    if not least_us > 0:
        return None
    times = {
        client.name: client.control.cpu_us_per_request.value / least_us
        for client in clients
        if client.control is not None and client.control.ok
    }
    return Floor(control.cpu_us_per_request, control.wall_s, times)


def _title(clients: tuple[str, ...], baseline: str | None) -> str:
    asked = ", ".join(name for name in clients if name != baseline) or clients[0]
    return f"{asked} against {baseline}" if baseline and baseline != asked else asked
