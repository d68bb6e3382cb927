"""From a recording to the rows of the history."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from clientprof.attribution.export_material import export_of
from clientprof.attribution.notices.disturbed_lenses import undisturbed
from clientprof.attribution.programs.program_export import program_export
from clientprof.attribution.programs.program_result import program_result
from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.history.tables import HistoryError
from clientprof.model.estimate import Estimate
from clientprof.model.export import ClientExport
from clientprof.model.phases import Phase
from clientprof.model.recording import Recording, RecordingKind
from clientprof.model.results import ClientResult, TraceResult

Row = tuple[object, ...]
_KEPT = (RecordingKind.TRACE, RecordingKind.COMPARISON, RecordingKind.PROGRAM)
_NAME = re.compile(r"([A-Za-z0-9_.-]+?)(?:==[^+,@\s]+)?(?:@py[^+,\s]+)?((?:\+|,).*)?", re.ASCII)


def recording_row(recording: Recording, identity: str, machine: str | None) -> Row:
    """The recording's own row; ``machine`` is the user's name for its machine, None for one made of what it is.

    Raises:
        HistoryError: recordings of its kind have no single result.
    """
    manifest = recording.manifest
    if manifest.kind not in _KEPT or manifest.scenario is not None:
        raise HistoryError(f"a recording of kind {manifest.kind} is not kept: only those of trace, compare and run are")
    about = "; ".join(value for group, name, value in manifest.environment if group == "machine" and name in _MACHINE)
    name = machine or (f"machine-{sha256(about.encode()).hexdigest()[:6]}" if about else "unknown")
    load = "program" if manifest.kind is RecordingKind.PROGRAM else _load(recording)
    return (
        identity, _utc(manifest.created), str(manifest.kind), " ".join(manifest.command), manifest.tool_version, name, about,
        load, manifest.seed, manifest.complete,
    )  # fmt: skip


_MACHINE = ("system", "processor", "cores", "frequency governor")
_LOAD = {"scenario": "{}", "connection limit": "limit {}", "keep-alive limit": "keeps {}", "event loop": "{}"}


def _load(recording: Recording) -> str:
    """What must be alike for two results to be compared: load, limits, event loop, server, network."""
    found = {name: value for group, name, value in recording.manifest.workload if group == "workload"}
    parts = [text.format(found[name]) for name, text in _LOAD.items() if name in found]
    parts += [
        value for name, value in found.items() if name in ("server delay", "network") and value not in ("0 ms", "")
    ]
    if not found.get("server", "local").startswith("local"):
        parts.append("another server")
    return ", ".join(parts)


def _utc(created: str) -> datetime:
    try:
        found = datetime.fromisoformat(created.replace(" UTC", "+00:00"))
    except ValueError:
        raise HistoryError(f"the recording says that it was made at {created!r}, which is no time") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def result_rows(recording: Recording, identity: str) -> list[Row]:
    """A row per figure of each client; of a program, of the program as a whole."""
    if recording.manifest.kind is RecordingKind.PROGRAM:
        return list(_of_program(recording, identity))
    result = trace_result(undisturbed(recording))
    python = _python_of(result)
    return [row for client in result.clients for row in _of_client(client, result, identity, python)]


def _of_client(client: ClientResult, result: TraceResult, identity: str, python: str) -> Iterator[Row]:
    own = python if client.interpreter is None else client.interpreter.version
    head = (identity, client_of(client.name), client.version, own, client.loop)

    def row(metric: str, part: str | None, value: Estimate | float, unit: str, baseline: str | None = None) -> Row:
        if not isinstance(value, Estimate):
            value = Estimate(value, None, None, unit, 1)
        return (*head, metric, part, value.value, value.low, value.high, unit, value.n, baseline)

    # What a broken-off round says of costs is no result to compare with others.
    if client.control is not None and client.unfinished is None:
        yield row("cpu_us_per_request", None, client.control.cpu_us_per_request, "us")
        yield row("wall_s", None, client.control.wall_s, "s")
        for name in ("p50", "p90", "p99", "max"):
            found = getattr(client.control.latency_ms, name)
            if found is not None:
                yield row("latency_ms", name, found, "ms")
        yield row("failed", None, float(sum(client.control.errors.values())), "requests")
        for comparison in result.comparisons:
            effect = comparison.effect
            if effect.candidate == client.name:
                base = next((each.title for each in result.clients if each.name == effect.baseline), effect.baseline)
                yield row("cpu_ratio", None, effect.ratio, "x", base)
    for layer in client.layers:
        yield row("layer_cpu_us", str(layer.layer), layer.cpu_us_per_request, "us")
    for phase in client.ledger.phases if client.ledger is not None else ():
        yield row("phase_wall_us", str(phase.phase), phase.wall_us, "us")
    for counter in client.counters:
        yield row("counter", counter.name, counter.value, counter.unit)


def client_of(name: str) -> str:
    """A client's name without its version and its Python: ``httpx+sniffio`` of ``httpx==0.28.1@py3.14+sniffio``."""
    found = _NAME.fullmatch(name)
    return name if found is None else f"{found[1]}{found[2] or ''}"


def _python_of(result: TraceResult) -> str:
    """The version alone: ``3.11.7`` of ``CPython 3.11.7``."""
    rows = [row.value for row in result.environment if row.group == "interpreter" and row.name == "python"]
    return rows[0].rpartition(" ")[2] if rows else ""


def _of_program(recording: Recording, identity: str) -> Iterator[Row]:
    result = program_result(recording)
    name = next((process.name for process in result.processes), "program")
    pythons = [process.python for process in result.processes if process.python]
    head = (identity, name, "", pythons[0] if pythons else "", "")
    if result.layers:
        total = sum(layer.cpu_us_per_request.value for layer in result.layers)
        yield (*head, "cpu_us_per_request", None, total, None, None, "us", 1, None)
    for metric, number in (("requests", result.requests), ("failed", result.failed)):
        yield (*head, metric, None, float(number), None, None, "requests", 1, None)
    for layer in result.layers:
        cost = layer.cpu_us_per_request
        yield (*head, "layer_cpu_us", str(layer.layer), cost.value, cost.low, cost.high, "us", cost.n, None)
    for phase in result.phases:
        yield (*head, "phase_wall_us", phase.phase, phase.wall_us, phase.low_us, phase.high_us, "us", 1, None)


def exchange_rows(recording: Recording, identity: str) -> list[Row]:
    """A row per exchange that was recorded in detail, of all clients or of all loops of a program."""
    if recording.manifest.kind is RecordingKind.PROGRAM:
        # A lane's name begins with its process's.
        lanes = program_export(recording, activity=True).lanes.clients
        return [row for lane in lanes for row in _exchanges(lane, (identity, lane.client.name.partition(",")[0], ""))]
    export = export_of(recording, recording.manifest.clients, activity=True)
    entries = () if export is None else export.clients
    return [
        row
        for entry in entries
        for row in _exchanges(entry, (identity, client_of(entry.client.name), entry.client.version))
    ]


def _exchanges(entry: ClientExport, head: Row) -> Iterator[Row]:
    if entry.activity is None:
        return
    for exchange in entry.activity.exchanges:
        lasted: dict[str, int] = {}
        for part in exchange.phases:
            lasted[part.phase] = lasted.get(part.phase, 0) + part.wall_ns
        states = [
            None if None in column else sum(column)  # type: ignore[arg-type]
            for column in (
                [part.running_ns for part in exchange.phases],
                [part.ready_ns for part in exchange.phases],
                [part.waiting_ns for part in exchange.phases],
            )
        ]
        yield (
            *head, exchange.number, exchange.round, exchange.connection, exchange.status, exchange.error,
            exchange.body_bytes, exchange.started_ns, exchange.ended_ns - exchange.started_ns, *states,
            *(lasted.get(phase) for phase in Phase),
        )  # fmt: skip
