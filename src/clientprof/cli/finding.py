"""``clientprof finding``: a finding of a recording as a folder that can be attached to an issue."""

import argparse
import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError, closest

if TYPE_CHECKING:
    from clientprof.cli.files.finding_folder import Written
    from clientprof.model.findings import Finding
    from clientprof.model.recording import Recording

HELP = """Write a folder that can be attached to an issue: finding.md, repro.py (it is run
before it is written), chart.svg, chart.png, report.html, recording.zip and
speedscope.json. The folder is made in findings/ beside the recording. For a
program (`clientprof run`) there is no script and no chart. Paths, hosts, header
values, user names and values of environment variables are removed. Nothing is
sent anywhere."""
EXAMPLES = """examples:
  clientprof finding reports/RUN/recording.clientprof --list
  clientprof finding reports/RUN/recording.clientprof                        the costliest finding
  clientprof finding recording.clientprof --finding sniffio-missing --out /tmp/findings
  clientprof finding recording.clientprof --finding pool-scan --issue encode/httpcore#924"""
FINDINGS = "findings"
_ISSUE = re.compile(r"(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9_.-]+)#(?P<number>[1-9][0-9]{0,8})", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.clientprof", help="what `clientprof trace` or `run` wrote")
    parser.add_argument("--finding", metavar="ID", help="which finding (default: the first of the report)")
    parser.add_argument("--list", action="store_true", help="list the findings of the recording")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for findings (default: findings/ beside the recording)"
    )
    parser.add_argument("--issue", metavar="OWNER/REPO#N", help="print the command that comments on this issue")
    parser.add_argument("--json", action="store_true", help="with --list: print JSON")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.files.recordings import open_recording
    from clientprof.model.recording import RecordingKind

    issue = None if arguments.issue is None else _ISSUE.fullmatch(arguments.issue)
    if arguments.issue is not None and issue is None:
        raise CommandError(f"--issue must look like encode/httpx#3215, not {arguments.issue!r}", code=2)
    recording = open_recording(arguments.file)
    if recording.manifest.kind is RecordingKind.MATRIX:
        raise CommandError(
            f"{arguments.file} is of `matrix`, which has no findings: `clientprof compare` of two cells makes them"
        )
    if recording.manifest.kind is RecordingKind.WHAT_IF:
        raise CommandError(
            f"{arguments.file} is of `run --try`, which has no findings: `clientprof run` without --try makes them"
        )
    of_program = recording.manifest.kind is RecordingKind.PROGRAM
    if of_program:
        from clientprof.attribution.programs.program_result import program_result
        from clientprof.cli.files.program_finding_folder import scrubbed_program, write_program_finding

        recording, scrubber = scrubbed_program(recording)
        findings = program_result(recording).findings
    else:
        from clientprof.attribution.trace_result import trace_result
        from clientprof.cli.files.finding_folder import scrubbed, write_finding

        recording, scrubber = scrubbed(recording)
        findings = _findings(recording, trace_result)
    if arguments.list:
        _show(findings, arguments.json)
        return 0
    finding = _pick(findings, arguments.finding)
    out = arguments.file.parent / FINDINGS if arguments.out is None else arguments.out
    try:
        if of_program:
            written = write_program_finding(recording, scrubber, finding, out, arguments.issue)
        else:
            written = write_finding(recording, scrubber, finding, out, arguments.issue, _say)
    except OSError as error:
        whose = "--out " if arguments.out is not None else ""
        instead = "" if arguments.out is not None else "; name another folder with --out"
        raise CommandError(f"cannot write to {whose}{out}: {error.strerror or error}{instead}", code=2) from None
    _tell(written)
    if issue is not None:
        body = shlex.quote(str(written.folder / "finding.md"))
        print("\nNothing was sent. To comment:")
        print(f"  gh issue comment {issue['number']} --repo {issue['repository']} --body-file {body}")
    return 0


def _findings(recording: "Recording", trace_result: object) -> "tuple[Finding, ...]":
    from clientprof.experiments.programs.route_run import SCENARIO

    if recording.manifest.scenario == SCENARIO:
        raise CommandError(f"the recording is of the scenario {SCENARIO}, which has services, not clients, to tell of")
    assert callable(trace_result)
    found: tuple[Finding, ...] = trace_result(recording).findings
    return found


def _pick(findings: "tuple[Finding, ...]", wanted: str | None) -> "Finding":
    if not findings:
        raise CommandError("the recording has no finding: nothing in it passes the thresholds for a claim")
    if wanted is None:
        return findings[0]
    for finding in findings:
        if finding.id == wanted:
            return finding
    raise CommandError(f"--finding: the recording has no {wanted!r}{closest(wanted, [f.id for f in findings])}", code=2)


def _show(findings: "tuple[Finding, ...]", as_json: bool) -> None:
    from clientprof.cli.console.consoles import output_console
    from clientprof.report.terminal.layout import print_columns, print_paragraph, safe
    from clientprof.report.writing.figures import decimal

    if as_json:
        rows = [
            {
                "id": f.id,
                "title": f.title,
                "cost_us_per_request": f.cost_us_per_request,
                "off_cpu_us_per_request": f.off_cpu_us_per_request,
            }
            for f in findings
        ]
        print(json.dumps(rows, indent=1))
        return
    if not findings:
        print("No finding: nothing that was measured passes the thresholds for a claim.")
        return
    console = output_console()
    lines = [
        [safe(text) for text in (f.id, *(decimal(us, 0) for us in _costs(f)), f.title.replace("`", ""))]
        for f in sorted(findings, key=lambda f: [-(us or 0.0) for us in _costs(f)])
    ]
    print_columns(console, ["finding", "CPU µs", "waiting µs", "what happens"], "lrrN", lines)
    about = "Costs are per request. Those of one cause overlap: they do not add up."
    print_paragraph(console, safe(about, "dim"))


def _costs(finding: "Finding") -> tuple[float | None, float | None]:
    return finding.cost_us_per_request, finding.off_cpu_us_per_request


def _say(text: str) -> None:
    print(f"clientprof: {text}", file=sys.stderr)


def _tell(written: "Written") -> None:
    repro = written.repro
    if repro.source is None:
        print(f"repro.py: none, {repro.reason}")
    elif repro.confirmed:
        print(f"repro.py: confirmed in {repro.seconds:.0f} s")
    else:
        print(f"repro.py: NOT confirmed: {repro.reason}")
    for line in repro.output.splitlines():
        print(f"  {line}")
    removed = ", ".join(f"{kind} {number}x" for kind, number in sorted(written.removed.items()))
    print(f"taken out: {removed or 'nothing private was found'}")
    for line in written.left_out:
        print(f"left out: {line}")
    for path in sorted(written.folder.iterdir()):
        print(f"{path.stat().st_size / 1000:>10,.0f} KB  {path}")
