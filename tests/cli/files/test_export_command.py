"""Every format from one real trace: an independent reader opens it, and its total is the result's."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clientprof.recording.recording_file import read_recording
from clientprof.report.exporters import EXPORTERS
from command import Traced, refusal, run, run_here
from export_readers import read_callgrind, read_collapsed, read_har, read_pstats, read_speedscope
from pprof_reader import read_pprof
from trace_event_reader import read_trace_events


@pytest.fixture(scope="module")
def exported(traced: Traced, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of every format, written beside a copy of the recording under its default name."""
    folder = tmp_path_factory.mktemp("exported")
    recorded = folder / "recording.clientprof"
    shutil.copy(traced.folder / "recording.clientprof", recorded)
    files: dict[str, Path] = {}
    for name in EXPORTERS:
        # One as users do; each of the others would be a process for nothing but its option.
        ran = (run_here if files else run)("export", str(recorded), "--format", name)
        assert (ran.code, ran.err) == (0, ""), ran
        files[name] = Path(ran.out.rstrip("\n"))
        assert files[name].parent == folder
    assert len(set(files.values())) == len(EXPORTERS)
    return files


def cpu_us(traced: Traced, client: int = 0) -> float:
    """CPU per request of the sample lens, from the summary."""
    return float(sum(row["cpu_us_per_request"]["value"] for row in traced.summary["clients"][client]["layers"]))


def sampled_requests(traced: Traced) -> int:
    recording = read_recording(traced.folder / "recording.clientprof")
    (run_of_lens,) = recording.of("httpx", "sample")
    kinds, counts = run_of_lens.column("round.kind"), run_of_lens.column("round.count")
    return sum(count for kind, count in zip(kinds, counts, strict=True) if kind == 2)


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def sampled_clients(traced: Traced) -> list[int]:
    """Places of the clients that were sampled: a round of eight requests may end before the first sample."""
    places = [place for place, client in enumerate(traced.summary["clients"]) if client["layers"]]
    assert 0 in places
    return places


def test_speedscope_holds_the_clients_cpu_per_request(traced: Traced, exported: dict[str, Path]) -> None:
    profiles = read_speedscope(exported["speedscope"].read_bytes())
    assert [sum(stacks.values()) for stacks in profiles.values()] == [
        pytest.approx(cpu_us(traced, client), rel=1e-4) for client in sampled_clients(traced)
    ]


def test_collapsed_and_pprof_hold_the_same_stacks_and_all_cpu(traced: Traced, exported: dict[str, Path]) -> None:
    lines = read_collapsed(exported["collapsed"].read_bytes())
    samples = read_pprof(exported["pprof"].read_bytes())
    cpu_ns = cpu_us(traced) * 1000 * sampled_requests(traced)
    assert sum(lines.values()) == pytest.approx(cpu_ns, rel=1e-4)
    by_stack: dict[tuple[str, ...], int] = {}
    for (*frames, _), (_, weight) in samples.items():
        by_stack[tuple(frames)] = by_stack.get(tuple(frames), 0) + weight
    assert by_stack == lines
    layers: dict[str, int] = {}
    for (*_, layer), (_, weight) in samples.items():
        layers[layer] = layers.get(layer, 0) + weight
    shares = {row["layer"]: row["share"] for row in traced.summary["clients"][0]["layers"]}
    # So few requests may leave a layer without a sample.
    for layer in set(shares) - {"gc", "profiler"}:
        assert layers.get(layer, 0) / sum(layers.values()) == pytest.approx(shares[layer], abs=0.05)


def test_trace_events_hold_every_request_and_all_of_its_wall(traced: Traced, exported: dict[str, Path]) -> None:
    trace = read_trace_events(exported["chrome-trace"].read_bytes())
    ledger = traced.summary["clients"][0]["ledger"]
    rows = [row for (process, _), rows in trace.slices.items() if process == "requests" for row in rows]
    requests = [row for row in rows if row[0].startswith("request ")]
    assert len(requests) == ledger["requests"] == len(trace.flows)
    wall_us = sum(end - start for _, start, end, _ in requests)
    assert wall_us / len(requests) == pytest.approx(ledger["wall_us"], rel=1e-4)
    assert sum(end - start for name, start, end, _ in rows if not name.startswith("request ")) == pytest.approx(wall_us)
    for name, start, end, args in rows:
        if not name.startswith("request "):
            assert args["running_us"] + args["ready_us"] + args["waiting_us"] == pytest.approx(end - start, abs=0.01)
    assert all(kinds == ["s", "t", "f"] for kinds in trace.flows.values())
    assert {process for process, _ in trace.slices} == {"event loop", "requests", "connections"}


def test_har_has_an_entry_per_request_and_their_times_are_the_ledger_s(
    traced: Traced, exported: dict[str, Path]
) -> None:
    entries = read_har(exported["har"].read_bytes())
    ledger = traced.summary["clients"][0]["ledger"]
    assert len(entries) == ledger["requests"]
    assert sum(entry["time"] for entry in entries) / len(entries) * 1000 == pytest.approx(ledger["wall_us"], rel=1e-4)
    assert {(entry["response"]["status"], entry["response"]["content"]["size"]) for entry in entries} == {(200, 1024)}
    phases = {row["phase"]: row["wall_us"]["value"] for row in traced.summary["clients"][0]["phases"]}
    wait_us = sum(entry["timings"]["wait"] for entry in entries) / len(entries) * 1000
    assert wait_us == pytest.approx(sum(phases.get(n, 0) for n in ("uplink", "server", "downlink", "loop")), rel=1e-3)
    assert {entry["timings"]["connect"] for entry in entries} == {-1}


def test_callgrind_and_pstats_hold_calls_callers_and_cpu_of_a_round(traced: Traced, exported: dict[str, Path]) -> None:
    cpu_ns, own, edges = read_callgrind(exported["callgrind"].read_bytes())
    stats: Any = read_pstats(exported["pstats"])
    round_ns = cpu_us(traced) * 1000 * 8
    assert cpu_ns == pytest.approx(round_ns, rel=1e-3)
    assert stats.total_tt * 1e9 == pytest.approx(round_ns, rel=1e-4)
    (run_of_lens,) = read_recording(traced.folder / "recording.clientprof").of("httpx", "count")
    assert run_of_lens.facts.call_edges
    counted = sum(call.calls for call in run_of_lens.facts.calls)
    assert stats.total_calls == sum(own.values()) == counted
    sends = [
        calls
        for (caller, callee), calls in edges.items()
        if callee.endswith("AsyncConnectionPool.handle_async_request")
    ]
    assert sum(sends) == 8
    (callers,) = (
        row[4] for key, row in stats.stats.items() if key[2].endswith("AsyncConnectionPool.handle_async_request")
    )
    assert sum(row[1] for row in callers.values()) == 8


def test_tables_add_up_to_the_result(traced: Traced, exported: dict[str, Path]) -> None:
    layers = table(exported["csv-layers"])
    mine = [row for row in layers if row["client"].startswith("httpx")]
    assert {row["client"].split()[0] for row in layers} == {
        traced.summary["clients"][place]["name"] for place in sampled_clients(traced)
    }
    assert sum(float(row["cpu_us_per_request"]) for row in mine) == pytest.approx(cpu_us(traced), rel=1e-4)
    assert sum(float(row["share"]) for row in mine) == pytest.approx(1.0)
    wall_us = traced.summary["clients"][0]["ledger"]["wall_us"]
    phases = [row for row in table(exported["csv-phases"]) if row["client"].startswith("httpx")]
    assert sum(float(row["wall_us"]) for row in phases) == pytest.approx(wall_us, rel=1e-4)
    exchanges = [row for row in table(exported["csv-exchanges"]) if row["client"].startswith("httpx")]
    assert sum(int(row["wall_ns"]) for row in exchanges) / 8000 == pytest.approx(wall_us, rel=1e-4)
    for row in exchanges:
        assert int(row["wall_ns"]) == sum(int(row[f"{state}_ns"]) for state in ("running", "ready", "waiting"))
    functions = table(exported["csv-functions"])
    assert len(functions) == sum(len(client["functions"]) for client in traced.summary["clients"])


def test_harness_lines_and_summary_say_what_the_trace_said(traced: Traced, exported: dict[str, Path]) -> None:
    lines = [json.loads(line) for line in exported["harness-lines"].read_text().splitlines()]
    assert [line["client"] for line in lines] == ["httpx", "aiohttp"]
    for line, client in zip(lines, traced.summary["clients"], strict=True):
        assert line["cpu_us"] == client["control"]["cpu_us_per_request"]["value"]
        assert line["scenario"] == "c8/1k"
    written = json.loads(exported["summary"].read_text())
    assert {**written, "files": None} == {**traced.summary, "files": None}


def test_client_and_out_choose_what_is_written_and_where(traced: Traced, tmp_path: Path) -> None:
    recorded = str(traced.folder / "recording.clientprof")
    target = tmp_path / "chosen.csv"
    ran = run("export", recorded, "--format", "csv-phases", "--client", "aiohttp", "--out", str(target))
    assert (ran.code, ran.out) == (0, f"{target}\n")
    assert {row["client"].split()[0] for row in table(target)} == {"aiohttp"}
    assert run("export", recorded, "--format", "collapsed", "--out", "-").out.startswith("all requests;")


def test_no_path_of_this_machine_is_in_any_export(traced: Traced, exported: dict[str, Path]) -> None:
    import gzip
    import sys

    secrets = [str(traced.folder.parent), str(Path.home()) + "/", sys.prefix, sys.base_prefix]
    for name, path in exported.items():
        content = gzip.decompress(path.read_bytes()) if name == "pprof" else path.read_bytes()
        assert [secret for secret in secrets if secret.encode() in content] == [], name


def test_help_lists_every_format_with_a_line() -> None:
    ran = run("export", "--help")
    for name, exporter in EXPORTERS.items():
        assert f"  {name:14} {exporter.what}\n" in ran.out
        assert len(f"  {name:14} {exporter.what}") <= 80


def test_wrong_use_is_refused_in_one_line(traced: Traced, tmp_path: Path) -> None:
    recorded = str(traced.folder / "recording.clientprof")
    assert "did you mean pprof?" in refusal("export", recorded, "--format", "pproff")
    assert "aiohttp" in refusal("export", recorded, "--format", "pprof", "--client", "requests")
    assert "no such file" in refusal("export", str(tmp_path / "none"), "--format", "pprof", code=1)
    nowhere = str(tmp_path / "no" / "where")
    assert "cannot write" in refusal("export", recorded, "--format", "pprof", "--out", nowhere, code=1)
