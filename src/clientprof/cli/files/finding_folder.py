"""The folder of one finding: everything is scrubbed before it is analysed, and checked before it appears."""

import getpass
import itertools
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clientprof.attribution.trace_result import trace_result
from clientprof.cli import CommandError
from clientprof.cli.files.outcome import plain_name, stamp_of, write_folder
from clientprof.cli.files.page_file import write_page
from clientprof.experiments.repros.run import run_repro
from clientprof.experiments.repros.scripts_of_findings import script_of
from clientprof.model.experiments.repro import Repro
from clientprof.model.export import ClientExport, Export
from clientprof.model.findings import Finding
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.recording.recording_file import write_recording
from clientprof.recording.rewriting import rewritten
from clientprof.report.exporters.speedscope import to_speedscope
from clientprof.report.findings.check import FILE_AT_MOST_BYTES, problems
from clientprof.report.findings.finding_markdown import finding_markdown
from clientprof.report.findings.layer_chart import chart_of, to_svg
from clientprof.report.findings.raster import to_png
from clientprof.report.findings.scrub import Scrubber, private_values
from clientprof.report.pages.trace_page import render

_SPEEDSCOPE = "speedscope.json"
_ORDER = ("finding.md", "repro.py", "chart.svg", "chart.png", "report.html", "recording.zip", "speedscope.json")


@dataclass(frozen=True, slots=True)
class Written:
    """A folder that was written: its script, what was scrubbed (by kind) and what was left out, with the reason."""

    folder: Path
    repro: Repro
    removed: Mapping[str, int]
    left_out: tuple[str, ...]


def scrubbed(recording: Recording) -> tuple[Recording, Scrubber]:
    """The recording without anything private of this machine, and the scrubber that knows what that is."""
    texts = [*recording.manifest.command, *(value for _, _, value in recording.manifest.workload)]
    urls = [url for text in texts for url in re.findall(r"https?://\S+", text)]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    program = recording.manifest.program
    templates = frozenset() if program is None else frozenset(route.template for route in program.routes)
    scrubber = Scrubber(private_values(os.environ, user, socket.gethostname(), str(Path.home()), urls), templates)
    return rewritten(recording, scrubber), scrubber


def write_finding(
    recording: Recording, scrubber: Scrubber, finding: Finding, out: Path, issue: str | None, say: Callable[[str], None]
) -> Written:
    """Run the script, write the folder. ``recording`` is scrubbed already.

    Raises:
        CommandError: it cannot be written, or something in it must not leave.
    """
    result = trace_result(recording)
    client = result.clients[0]
    source = script_of(finding, client, result)
    if source is None:
        repro = Repro(None, reason="none is known for this finding and this client")
    else:
        repro = run_repro(source, client, _python_of(recording), say)
        repro = Repro(
            source, scrubber(repro.output), repro.confirmed, repro.where, repro.seconds, scrubber(repro.reason)
        )
    out.mkdir(parents=True, exist_ok=True)
    left_out: list[str] = []

    def write(folder: Path) -> None:
        _write_beside(folder, recording, finding, result, repro, left_out)
        names = [name for name in _ORDER if (folder / name).exists()]
        text = finding_markdown(finding, result, repro, names, issue, left_out)
        # Once more, for the texts of this command: known values only, so that markup stays as it is.
        (folder / "finding.md").write_text(scrubber.known(text), encoding="utf-8")
        found = problems(
            folder,
            _versions(result),
            scrubber,
            [source.link for source in result.measured_sources if source.link is not None],
        )
        if found:
            raise CommandError(f"the folder is not handed out: {'; '.join(found)}")

    folder, _ = write_folder(out, f"{stamp_of(recording)}-{plain_name(client.name)}-{finding.id}", write)
    return Written(folder, repro, dict(scrubber.removed), tuple(left_out))


def _write_beside(
    folder: Path, recording: Recording, finding: Finding, result: TraceResult, repro: Repro, left_out: list[str]
) -> None:
    """Everything but the text itself; what cannot be had is named in ``left_out``."""
    if repro.source is not None:
        (folder / "repro.py").write_text(repro.source, encoding="utf-8")
    chart = chart_of(finding, result)
    if chart is None:
        left_out.append("chart.svg, chart.png: the recording has no samples")
    else:
        (folder / "chart.svg").write_text(to_svg(chart), encoding="utf-8")
        (folder / "chart.png").write_bytes(to_png(chart))
    write_page(folder / "report.html", render(result))
    write_recording(folder / "recording.zip", recording.manifest, recording.runs)
    flame_graphs = _speedscope(result)
    if flame_graphs is None:
        left_out.append(f"{_SPEEDSCOPE}: the recording has no samples")
    else:
        (folder / _SPEEDSCOPE).write_bytes(flame_graphs)
    for path in list(folder.iterdir()):
        if path.stat().st_size > FILE_AT_MOST_BYTES:
            left_out.append(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, more than an attachment may have")
            path.unlink()


def _speedscope(result: TraceResult) -> bytes | None:
    """The flame graphs of all clients that were sampled, None where none was."""
    sampled = tuple(ClientExport(client) for client in result.clients if client.profile is not None)
    return to_speedscope(Export(result, sampled)) if sampled else None


def _python_of(recording: Recording) -> str | None:
    """The interpreter that was asked for, None for the one that clientprof runs in."""
    command = recording.manifest.command
    given = [after for before, after in itertools.pairwise(command) if before == "--python"]
    given += [word.partition("=")[2] for word in command if word.startswith("--python=")]
    wanted = given[-1] if given else None
    return None if wanted in (None, "PATH", ".".join(map(str, sys.version_info[:2]))) else wanted


def _versions(result: TraceResult) -> dict[str, str]:
    return {name: version for client in reversed(result.clients) for name, version in client.packages.items()}
