"""``clientprof export``: a recording in the format of another program."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError, closest

if TYPE_CHECKING:
    from clientprof.model.export import ClientExport, Export
    from clientprof.model.recording import Recording
    from clientprof.report.exporters import Exporter, Needs

HELP = """Write a recording in the format of another program. Nothing is measured."""
EXAMPLES = """examples:
  clientprof export reports/<run>/recording.clientprof --format speedscope
  clientprof export recording.clientprof --format pprof --client aiohttp --out aiohttp.pb.gz
  clientprof export recording.clientprof --format csv-phases --out -

Formats of one client take the client that was asked about, unless --client names another; the others hold all clients."""


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


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.model.recording import RecordingKind
    from clientprof.recording.recording_file import read_recording
    from clientprof.recording.run_file import RecordingError
    from clientprof.report.exporters import EXPORTERS

    exporter = EXPORTERS.get(arguments.format)
    if exporter is None:
        raise CommandError(
            f"--format: no format {arguments.format!r}{closest(arguments.format, list(EXPORTERS))}", code=2
        )
    try:
        recording = read_recording(arguments.file)
    except RecordingError as error:
        raise CommandError(str(error)) from None
    if recording.manifest.kind is RecordingKind.WHAT_IF:
        raise CommandError(
            f"{arguments.file.name} is of `run --try`, which has no profile: its figures are in summary.json"
        )
    if recording.manifest.kind is RecordingKind.PROGRAM:
        content, suffix = _of_program(recording, arguments.format, arguments.client)
        return _deliver(content, arguments.out, arguments.file.with_name(f"{arguments.file.stem}{suffix}"))
    content = exporter.write(_gather(recording, exporter, arguments.format, arguments.client))
    return _deliver(content, arguments.out, _beside(arguments.file, exporter, recording, arguments.client))


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


def _of_program(recording: "Recording", name: str, client: str | None) -> tuple[bytes, str]:
    """A program's recording in the format, and the end of the file's name.

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
    return wanted.write(export), wanted.suffix


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
