"""What every other command makes of a program's recording: report, export, finding, compare; nothing private leaves."""

import csv
import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.recording import Recording
from clientprof.origin.process import OriginProcess
from clientprof.recording.clock import created_now
from clientprof.recording.recording_file import read_recording, write_recording
from clientprof.report.exporters import EXPORTERS
from clientprof.report.exporters.program_formats import PROGRAM_FORMATS, REFUSED
from command import Ran, refusal, run, run_here
from export_readers import read_collapsed, read_har, read_speedscope
from pprof_reader import read_pprof
from trace_event_reader import read_trace_events

_PROGRAM = Path(__file__).parents[2] / "programs" / "mixed.py"
_HOST = "billing.corp.example.com"


@pytest.fixture(scope="module")
def measured(origin: OriginProcess, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """One round of a program that leaks, blocks and waits for a small pool: its recording, and what was printed."""
    folder = tmp_path_factory.mktemp("program")
    ran = run("run", "--out", str(folder), str(_PROGRAM), f"{origin.ready.base_url}/1k", "2")
    assert ran.code == 0, ran
    (found,) = folder.glob("*/recording.clientprof")
    return found, ran


def facts_of(recording: Recording) -> ProgramFacts:
    assert recording.manifest.program is not None
    return recording.manifest.program


def test_run_leaves_three_files_prints_the_result_beside_the_program_and_report_says_the_same(
    measured: tuple[Path, Ran], tmp_path: Path
) -> None:
    recorded, ran = measured
    assert {path.name for path in recorded.parent.iterdir()} == {"recording.clientprof", "report.html", "summary.json"}
    assert ran.out == ""  # standard output is the program's
    assert "Requests by call site" in ran.err
    again = run("report", str(recorded), "--out", str(tmp_path))
    assert (again.code, again.err) == (0, "")
    (folder,) = tmp_path.iterdir()
    assert (folder / "summary.json").read_text() == (recorded.parent / "summary.json").read_text()
    assert (folder / "report.html").read_text() == (recorded.parent / "report.html").read_text()


def test_a_program_s_result_says_when_it_was_made_as_all_others_do(measured: tuple[Path, Ran]) -> None:
    created = json.loads((measured[0].parent / "summary.json").read_text())["created"]
    assert len(created) == len(created_now())
    assert datetime.strptime(created, "%Y-%m-%d %H:%M:%S UTC")


@pytest.fixture(scope="module")
def exported(measured: tuple[Path, Ran], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    recorded = tmp_path_factory.mktemp("exported") / "recording.clientprof"
    shutil.copy(measured[0], recorded)
    files: dict[str, Path] = {}
    for name in PROGRAM_FORMATS:
        # One as users do; each of the others would be a process for nothing but its option.
        ran = (run_here if files else run)("export", str(recorded), "--format", name)
        assert (ran.code, ran.err) == (0, ""), ran
        files[name] = Path(ran.out.rstrip("\n"))
    assert len(set(files.values())) == len(PROGRAM_FORMATS)
    return files


def test_other_readers_open_every_format(measured: tuple[Path, Ran], exported: dict[str, Path]) -> None:
    summary = json.loads((measured[0].parent / "summary.json").read_text())["program"]
    assert json.loads(exported["summary"].read_text())["program"] == summary
    assert read_speedscope(exported["speedscope"].read_bytes())
    assert sum(read_collapsed(exported["collapsed"].read_bytes()).values()) > 0
    assert read_pprof(exported["pprof"].read_bytes())
    assert read_trace_events(exported["chrome-trace"].read_bytes())


def test_the_archive_has_every_whole_request_with_its_peer_and_call_site(
    measured: tuple[Path, Ran], exported: dict[str, Path], origin: OriginProcess
) -> None:
    summary = json.loads((measured[0].parent / "summary.json").read_text())["program"]
    entries = read_har(exported["har"].read_bytes())
    assert len(entries) == summary["detailed"] > 100
    assert {entry["request"]["url"] for entry in entries} == {f"{origin.ready.base_url}/"}
    by_site = [entry["_call_site"] for entry in entries]
    for site in summary["call_sites"]:
        assert by_site.count(f"{site['file']}:{site['line']} {site['function']}") == site["detailed"]


def test_phases_of_the_table_add_up_to_the_requests_of_each_call_site(
    measured: tuple[Path, Ran], exported: dict[str, Path]
) -> None:
    summary = json.loads((measured[0].parent / "summary.json").read_text())["program"]
    rows = list(csv.DictReader(io.StringIO(exported["csv-phases"].read_text())))
    for site in summary["call_sites"]:
        mine = [float(row["wall_us"]) for row in rows if row["line"] == str(site["line"])]
        if site["requests"] and site["requests"] == site["detailed"]:
            assert sum(mine) == pytest.approx(site["wall_us"]["value"], rel=1e-4)


@pytest.mark.parametrize("name", sorted(set(EXPORTERS) - set(PROGRAM_FORMATS)))
def test_formats_that_make_no_sense_for_a_program_are_refused_with_the_reason(
    measured: tuple[Path, Ran], name: str
) -> None:
    said = refusal("export", str(measured[0]), "--format", name, code=1)
    assert f"--format {name}: not for a program's recording: {REFUSED[name]}" in said


def test_a_finding_leaves_without_hosts_and_paths_and_says_that_there_is_no_script(
    measured: tuple[Path, Ran], tmp_path: Path
) -> None:
    recording = read_recording(measured[0])
    facts = facts_of(recording)
    facts = replace(
        facts,
        peers=tuple(replace(peer, scheme="https", host=_HOST, port=443) for peer in facts.peers),
        hosts=(_HOST,),
        command=("/srv/secret/app.py", f"https://{_HOST}/private?token=abcdef"),
    )
    hidden = tmp_path / "recording.clientprof"
    write_recording(hidden, replace(recording.manifest, program=facts), recording.runs)
    listed = json.loads(run("finding", str(hidden), "--list", "--json").out)
    assert "response-never-closed" in {row["id"] for row in listed}
    ran = run("finding", str(hidden), "--finding", "response-never-closed", "--out", str(tmp_path / "findings"))
    assert ran.code == 0, ran
    assert "repro.py: none" in ran.out
    (folder,) = (tmp_path / "findings").iterdir()
    text = (folder / "finding.md").read_text()
    assert "`forgets_to_close`" in text
    assert "No script" in text
    assert "https://HOST1" in text
    (page,) = folder.glob("report.html")
    with zipfile.ZipFile(folder / "recording.zip") as packed:
        manifest = packed.read("manifest.json").decode()
    for whole in (text, page.read_text(), manifest):
        assert _HOST not in whole
        assert "/srv/secret" not in whole
        assert "abcdef" not in whole


def test_two_recordings_are_set_side_by_side_without_a_verdict(measured: tuple[Path, Ran], tmp_path: Path) -> None:
    recording = read_recording(measured[0])
    facts = facts_of(recording)
    moved = replace(
        facts,
        sites=tuple(replace(site, line=site.line + 3) for site in facts.sites),
        packages={**facts.packages, "httpx": "9.9"},
    )
    after = tmp_path / "after.clientprof"
    write_recording(after, replace(recording.manifest, program=moved), recording.runs)
    ran = run("compare", str(measured[0]), str(after))
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    assert "mixed.py:18, now 21" in said
    assert "9.9 after" in said
    assert "neither was compared with itself (A/A)" in said
    changes = json.loads(run("compare", str(measured[0]), str(after), "--json").out)
    for row in changes["call_sites"]:
        assert row["after"]["line"] == row["before"]["line"] + 3
        assert row["after"]["latency_ms"] == row["before"]["latency_ms"]
    assert (changes["findings"]["gone"], changes["findings"]["new"]) == ([], [])
    assert "verdict" not in changes


def test_recordings_of_different_programs_or_of_no_program_are_not_compared(
    measured: tuple[Path, Ran], tmp_path: Path
) -> None:
    recording = read_recording(measured[0])
    facts = facts_of(recording)
    other = tmp_path / "other.clientprof"
    first, *rest = facts.processes
    renamed = replace(facts, processes=(replace(first, name="x.py"), *rest))
    write_recording(other, replace(recording.manifest, program=renamed), recording.runs)
    assert "different programs" in refusal("compare", str(measured[0]), str(other), code=1)
    assert "two recordings" in refusal("compare", str(measured[0]))
