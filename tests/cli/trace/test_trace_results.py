"""What a trace leaves: three files, their names on the terminal, and a summary as documented."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from clientprof.experiments.environments.profilers import missing_here
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.recording.recording_file import read_recording
from command import QUICK, Traced, results, run

# The summary's documented keys, schema clientprof.summary/1.
TOP = {"schema", "command", "seed", "environment", "workload", "clients", "comparisons", "staircase", "experiments",
       "findings", "warnings"}  # fmt: skip
CLIENT = {"name", "version", "packages", "control", "observer", "layers", "functions", "phases", "counters",
          "unattributed_share"}  # fmt: skip
FUNCTION = {"layer", "module", "function", "file", "line", "self_us_per_request", "total_us_per_request",
            "calls_per_request", "growth"}  # fmt: skip
ESTIMATE = {"value", "low", "high", "unit", "n"}


def test_the_last_lines_on_the_terminal_name_the_three_files(traced: Traced) -> None:
    lines = traced.out.rstrip().splitlines()[-3:]
    for name, line in zip(("report", "summary", "recording"), lines, strict=True):
        label, path = line.split()
        assert label == name
        assert Path(path).parent == traced.folder
        assert Path(path).is_file()


def test_progress_and_notes_go_to_standard_error(traced: Traced) -> None:
    assert "clientprof: control lens, run 1 of" in traced.err
    assert "Traceback" not in traced.err + traced.out
    assert "clientprof: so far (1 of " in traced.err
    assert "lens, run" not in traced.out
    assert "so far" not in traced.out


def test_the_summary_has_the_documented_keys(traced: Traced) -> None:
    summary = traced.summary
    assert summary["schema"] == "clientprof.summary/1"
    assert summary.keys() >= TOP
    assert [client["name"] for client in summary["clients"]] == ["httpx", "aiohttp"]
    for client in summary["clients"]:
        assert client.keys() >= CLIENT
        control = client["control"]
        assert control.keys() >= {"wall_s", "cpu_us_per_request", "latency_ms", "ok", "errors"}
        assert control["wall_s"].keys() == control["cpu_us_per_request"].keys() == ESTIMATE
        assert control["latency_ms"].keys() == {"p50", "p90", "p99", "max"}
        assert client["observer"].keys() <= {"ledger", "sample", "count", "pyinstrument", "tachyon"}
        assert all(row.keys() >= {"layer", "cpu_us_per_request", "share", "work"} for row in client["layers"])
        assert all(row.keys() >= FUNCTION for row in client["functions"])
        assert {row["layer"] for row in client["layers"]} <= set(Layer)
        assert {row["phase"] for row in client["phases"]} <= set(Phase)
        for row in client["phases"]:
            assert row.keys() >= {"phase", "wall_us", "cpu_us", "ready_us", "wait_us", "blame"}
    (comparison,) = summary["comparisons"]
    assert comparison.keys() >= {"baseline", "candidate", "metric", "ratio", "aa_ratio", "verdict", "gap"}
    assert all(finding.keys() >= {"id", "title", "layer", "culprits", "claim", "evidence", "remedy", "falsifier"}
               for finding in summary["findings"])  # fmt: skip
    assert all(warning.keys() >= {"id", "text"} for warning in summary["warnings"])


def test_the_numbers_are_of_the_load_that_was_asked_for(traced: Traced) -> None:
    summary = traced.summary
    assert summary["seed"] == 3
    for client in summary["clients"]:
        control = client["control"]
        assert control["requests_per_round"] == 8
        assert control["ok"] == 8 * control["rounds"]
        assert control["errors"] == {}
        assert client["counters"]["tasks_per_request"] == 1
        assert client["counters"]["socket_sends_per_request"] == 1
        assert client["counters"]["connects_per_1000_requests"] == 0
        assert client["cold"]["connects"] == client["cold"]["connects_by_origin"] == 8


def test_a_warm_request_has_phases_from_the_origins_stamps_and_none_is_negative(traced: Traced) -> None:
    for client in traced.summary["clients"]:
        phases = {row["phase"]: row for row in client["phases"]}
        assert client["ledger"]["server_stamps"]
        assert {"pool", "send", "headers", "body"} <= phases.keys()
        assert not {"dns", "connect", "tls", "wait"} & phases.keys()
        for row in phases.values():
            assert min(row["cpu_us"], row["ready_us"], row["wait_us"], row["wall_us"]["value"] or 0) >= 0
        assert client["unattributed_share"] <= 0.01


def test_the_recording_holds_every_run_and_no_damage(traced: Traced) -> None:
    recording = read_recording(traced.folder / "recording.clientprof")
    assert recording.manifest.complete
    runs = [(run.facts.client, run.facts.lens) for run in recording.runs]
    for client in ("httpx", "aiohttp"):
        assert {lens for name, lens in runs if name == client} == {
            "control",
            "ledger",
            "sample",
            "count",
            *({"pyinstrument", "tachyon"} - set(missing_here())),
        }
    assert all(run.facts.complete and run.facts.failure is None for run in recording.runs)


def test_no_path_of_this_machine_is_in_any_of_the_files(traced: Traced) -> None:
    secrets = {str(traced.folder.parent), str(Path.home()) + "/", sys.prefix, sys.base_prefix}
    with zipfile.ZipFile(traced.folder / "recording.clientprof") as archive:
        recorded = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".json"))
    report, summary = ((traced.folder / name).read_text() for name in ("report.html", "summary.json"))
    for text in (recorded, report, summary):
        assert [secret for secret in secrets if secret in text] == []


def test_json_is_all_there_is_on_standard_output(tmp_path: Path) -> None:
    ran = run("trace", *QUICK, "--lens", "control", "--against", "none", "--json", "--out", str(tmp_path))
    assert ran.code == 0, ran
    printed: dict[str, Any] = json.loads(ran.out)
    assert printed == json.loads((results(tmp_path) / "summary.json").read_text())
    assert printed.keys() >= TOP


def test_quiet_says_where_the_files_are_and_nothing_else(tmp_path: Path) -> None:
    ran = run("trace", *QUICK, "--lens", "control", "--against", "none", "--quiet", "--out", str(tmp_path))
    folder = results(tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.split() == [str(folder / name) for name in ("report.html", "summary.json", "recording.clientprof")]


def test_two_traces_into_one_folder_do_not_touch_each_other(tmp_path: Path) -> None:
    quick = (*QUICK, "--lens", "control", "--against", "none", "--quiet", "--out", str(tmp_path))
    for number in (1, 2):
        assert run("trace", *quick).code == 0
        assert len(list(tmp_path.iterdir())) == number


@pytest.mark.parametrize("name", ["report.html", "summary.json"])
def test_text_files_are_whole(name: str, traced: Traced) -> None:
    text = (traced.folder / name).read_text().rstrip()
    assert text.endswith("</html>" if name == "report.html" else "}")
