"""``clientprof export``: a recording in the format of another program."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError, closest

if TYPE_CHECKING:
    from clientprof.model.export import ClientExport, Export
    from clientprof.model.programs.export import ProgramExport
    from clientprof.model.recording import Recording
    from clientprof.report.exporters import Exporter, Needs
    from clientprof.report.exporters.program_formats import ProgramFormat

HELP = """Write a recording in the format of another program. Nothing is measured."""
EXAMPLES = """examples:
  clientprof export reports/RUN/recording.clientprof --format speedscope
  clientprof export recording.clientprof --format pprof --client aiohttp --out aiohttp.pb.gz
  clientprof export recording.clientprof --format csv-phases --out -
  clientprof export recording.clientprof --format otlp --endpoint http://localhost:4318

A format that holds one client takes the one that was asked about, unless
--client names another; the other formats hold all clients."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from clientprof.report.exporters import EXPORTERS

    formats = "\n".join(f"  {name:14} {exporter.what}" for name, exporter in EXPORTERS.items())
    parser.epilog = f"formats:\n{formats}\n\n{EXAMPLES}"
    parser.add_argument("file", type=Path, metavar="FILE.clientprof", help="what `clientprof trace` or `run` wrote")
    parser.add_argument("--format", required=True, metavar="NAME", help="one of the formats listed below")
    parser.add_argument("--client", metavar="NAME", help="only this client of the recording")
    parser.add_argument(
        "--out", metavar="FILE", help="where to write it (default: beside the recording; - is standard output)"
    )
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="send the spans of --format otlp to this OTLP endpoint instead of writing them",
    )


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.files.recordings import open_recording
    from clientprof.model.recording import RecordingKind
    from clientprof.report.exporters import EXPORTERS

    exporter = EXPORTERS.get(arguments.format)
    if exporter is None:
        raise CommandError(
            f"--format: no format {arguments.format!r}{closest(arguments.format, list(EXPORTERS))}", code=2
        )
    url = None if arguments.endpoint is None else _traces_url(arguments)
    recording = open_recording(arguments.file)
    if recording.manifest.kind is RecordingKind.MATRIX:
        raise CommandError(f"{arguments.file} is of `matrix`, which has no profile: its figures are in summary.json")
    if recording.manifest.kind is RecordingKind.WHAT_IF:
        raise CommandError(f"{arguments.file} is of `run --try`, which has no profile: its figures are in summary.json")
    with _extra_needed():
        if recording.manifest.kind is RecordingKind.PROGRAM:
            program, wanted = _of_program(recording, arguments.format, arguments.client)
            if url is not None:
                return _send(program.lanes, url)
            content, usual = wanted.write(program), arguments.file.with_name(f"{arguments.file.stem}{wanted.suffix}")
        else:
            export = _gather(recording, exporter, arguments.format, arguments.client)
            if url is not None:
                return _send(export, url)
            content, usual = exporter.write(export), _beside(arguments.file, exporter, recording, arguments.client)
    return _deliver(content, arguments.out, usual)


@contextmanager
def _extra_needed() -> Iterator[None]:
    """A library that only one format needs may be missing.

    Raises:
        CommandError: it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("opentelemetry", "google")):
            raise
        raise CommandError(
            "OpenTelemetry's exporter is not installed: python -m pip install 'clientprof[otel]'"
        ) from None


def _traces_url(arguments: argparse.Namespace) -> str:
    from clientprof.report.exporters.otlp.endpoint import traces_url

    if arguments.format != "otlp" or arguments.out is not None:
        raise CommandError("--endpoint: only --format otlp is sent, and what is sent is not written to --out", code=2)
    try:
        return traces_url(arguments.endpoint)
    except ValueError as error:
        raise CommandError(f"--endpoint: {error}", code=2) from None


def _send(export: "Export", url: str) -> int:
    """The spans to the endpoint; the recording stays as it is, so nothing is lost where they do not arrive."""
    from clientprof.report.exporters.otlp.endpoint import send

    delivery = send(export, url)
    if delivery.problem is not None:
        raise CommandError(
            f"{url} took {delivery.delivered:,} spans and no more: {delivery.problem}. The recording is unchanged; the "
            "same command sends the same spans again, under the same ids"
        )
    print(f"{delivery.delivered:,} spans sent to {url}")
    return 0


def _deliver(content: bytes, asked: str | None, usual: Path) -> int:
    """To standard output, or into a file whose path is printed."""
    if asked == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    out = Path(asked) if asked else usual
    try:
        out.write_bytes(content)
    except OSError as error:
        raise CommandError(f"cannot write to --out {out}: {error.strerror or error}") from None
    print(out)
    return 0


def _of_program(recording: "Recording", name: str, client: str | None) -> "tuple[ProgramExport, ProgramFormat]":
    """What is to be written of a program's recording, and the format.

    Raises:
        CommandError: the format makes no sense for a program, or the recording lacks what it writes.
    """
    from dataclasses import replace

    from clientprof.attribution.programs.program_export import program_export
    from clientprof.report.exporters.program_formats import PROGRAM_FORMATS, REFUSED

    if client is not None:
        raise CommandError("--client: a program's recording holds all clients of the program together", code=2)
    wanted = PROGRAM_FORMATS.get(name)
    if wanted is None:
        known = ", ".join(PROGRAM_FORMATS)
        reason = REFUSED.get(name, "it is for loads that clientprof makes itself")
        raise CommandError(f"--format {name}: not for a program's recording: {reason}; these are: {known}")
    export = program_export(recording, activity=wanted.activity)
    if wanted.sampled or wanted.activity:
        lanes = export.lanes.clients
        able = tuple(lane for lane in lanes if (lane.client.profile if wanted.sampled else lane.activity) is not None)
        if not able:
            lacking = "samples of a thread" if wanted.sampled else "a request or an event loop"
            raise CommandError(f"--format {name} needs {lacking}, which the recording does not have")
        result = replace(export.lanes.result, clients=tuple(lane.client for lane in able))
        export = replace(export, lanes=replace(export.lanes, clients=able, result=result))
    return export, wanted


def _gather(recording: "Recording", exporter: "Exporter", name: str, client: str | None) -> "Export":
    """What the exporter needs; clients that lack it are left out, and it is an error if none has it."""
    from dataclasses import replace

    from clientprof.attribution.export_material import export_of
    from clientprof.experiments.programs.route_run import SCENARIO
    from clientprof.report.exporters import Needs

    if recording.manifest.scenario == SCENARIO:
        raise CommandError(f"the recording is of the scenario {SCENARIO}, which has services, not clients, to tell of")
    clients = recording.manifest.clients
    if client is not None and client not in clients:
        raise CommandError(f"--client: the recording has no client {client!r}{closest(client, list(clients))}", code=2)
    wanted = (client,) if client is not None else clients if exporter.several else clients[:1]
    export = export_of(
        recording,
        wanted,
        activity=exporter.needs is Needs.ACTIVITY,
        calls=exporter.needs is Needs.CALL_GRAPH,
    )
    able = () if export is None else tuple(entry for entry in export.clients if _has(entry, exporter.needs))
    if export is None or not able:
        raise CommandError(f"--format {name} needs {_LENS[exporter.needs]}, which the recording does not have")
    # The exporters that write the whole result write the same clients.
    return replace(export, clients=able, result=replace(export.result, clients=tuple(entry.client for entry in able)))


_LENS = {
    "result": "a measured client",
    "control": "the control lens",
    "profile": "samples (lens sample)",
    "ledger": "the ledger lens",
    "activity": "the ledger lens",
    "call graph": "the count or the sample lens",
}


def _has(entry: "ClientExport", needs: "Needs") -> bool:
    client = entry.client
    return {
        "result": True,
        "control": client.control is not None,
        "profile": client.profile is not None,
        "ledger": client.ledger is not None,
        "activity": entry.activity is not None,
        "call graph": entry.call_graph is not None,
    }[needs]


def _beside(recorded: Path, exporter: "Exporter", recording: "Recording", client: str | None) -> Path:
    """``recording-httpx.pb.gz`` beside ``recording.clientprof``; without a client's name where it holds all of them."""
    from clientprof.cli.files.outcome import plain_name

    one = client or (None if exporter.several else recording.manifest.clients[0])
    name = "" if one is None else f"-{plain_name(one)}"
    return recorded.with_name(f"{recorded.stem}{name}{exporter.suffix}")
