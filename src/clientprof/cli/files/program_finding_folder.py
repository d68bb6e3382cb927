"""The folder of one finding of a program: hosts and paths are taken out before it is analysed; there is no script."""

import re
from dataclasses import replace
from pathlib import Path

from clientprof.attribution.programs.program_export import program_export
from clientprof.cli import CommandError
from clientprof.cli.files.finding_folder import Written, scrubbed
from clientprof.cli.files.outcome import stamp_of, write_folder
from clientprof.cli.files.page_file import write_page
from clientprof.model.experiments.repro import Repro
from clientprof.model.findings import Finding
from clientprof.model.programs.export import ProgramExport
from clientprof.model.recording import Recording
from clientprof.recording.recording_file import write_recording
from clientprof.recording.rewriting import rewritten
from clientprof.report.exporters.speedscope import to_speedscope
from clientprof.report.findings.check import FILE_AT_MOST_BYTES, problems
from clientprof.report.findings.program_finding_markdown import program_finding_markdown
from clientprof.report.findings.scrub import PUBLIC_HOSTS, Private, Scrubber
from clientprof.report.pages.program_page import render_program

_SPEEDSCOPE = "speedscope.json"
_ORDER = ("finding.md", "report.html", "recording.zip", _SPEEDSCOPE)
_NO_SCRIPT = Repro(None, reason="it was seen in a program of your own, under its own load")


def scrubbed_program(recording: Recording) -> tuple[Recording, Scrubber]:
    """The recording with a number for each host that the program called, and without anything private of this machine."""
    program = recording.manifest.program
    assert program is not None
    hosts = dict.fromkeys([*(peer.host for peer in program.peers), *program.hosts])
    names = {host: f"HOST{n}" for n, host in enumerate((h for h in hosts if h not in PUBLIC_HOSTS and h != "::1"), 1)}
    facts = replace(
        program,
        peers=tuple(replace(peer, host=names.get(peer.host, peer.host)) for peer in program.peers),
        hosts=tuple(names.get(host, host) for host in program.hosts),
    )
    # A host of one word ("redis") may be the name of anything in a text; there only whole addresses are known for sure.
    telling = sorted((host for host in names if "." in host or ":" in host), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(host)}(?![\w-])" for host in telling)) if telling else None

    def hidden(text: str) -> str:
        return text if pattern is None else pattern.sub(lambda found: names[found[0]], text)

    found, scrubber = scrubbed(
        rewritten(replace(recording, manifest=replace(recording.manifest, program=facts)), hidden)
    )
    if names:
        scrubber.removed["host"] += len(names)
    scrubber.private = (*scrubber.private, *(Private("host", host) for host in telling))
    return found, scrubber


def write_program_finding(
    recording: Recording, scrubber: Scrubber, finding: Finding, out: Path, issue: str | None
) -> Written:
    """Write the folder. ``recording`` is scrubbed already.

    Raises:
        CommandError: it cannot be written, or something in it must not leave.
    """
    export = program_export(recording, activity=False)
    left_out = ["repro.py, chart.svg, chart.png: the load was the program's own"]
    out.mkdir(parents=True, exist_ok=True)

    def write(folder: Path) -> None:
        _write_beside(folder, recording, export, left_out)
        names = [name for name in _ORDER if (folder / name).exists()]
        text = program_finding_markdown(finding, export.result, names, issue, left_out)
        (folder / "finding.md").write_text(scrubber.known(text), encoding="utf-8")
        found = problems(folder, export.result.packages, scrubber)
        if found:
            raise CommandError(f"the folder is not handed out: {'; '.join(found)}")

    folder, _ = write_folder(out, f"{stamp_of(recording)}-program-{finding.id}", write)
    return Written(folder, _NO_SCRIPT, dict(scrubber.removed), tuple(left_out))


def _write_beside(folder: Path, recording: Recording, export: ProgramExport, left_out: list[str]) -> None:
    """Everything but the text itself; what cannot be had is named in ``left_out``."""
    write_page(folder / "report.html", render_program(export.result))
    write_recording(folder / "recording.zip", recording.manifest, recording.runs)
    if any(lane.client.profile is not None for lane in export.lanes.clients):
        (folder / _SPEEDSCOPE).write_bytes(to_speedscope(export.lanes))
    else:
        left_out.append(f"{_SPEEDSCOPE}: the recording has no samples")
    for path in list(folder.iterdir()):
        if path.stat().st_size > FILE_AT_MOST_BYTES:
            left_out.append(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, more than an attachment may have")
            path.unlink()
