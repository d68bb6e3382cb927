"""``clientprof compare`` with real clients: verdicts, failures, resuming, conditions, baselines. Counts, never timings."""

import json
import os
import signal
from pathlib import Path

import pytest

from clientprof.experiments.environment_rows import usable_cores
from clientprof.recording.recording_file import read_recording
from command import refusal, results, run, start

SMALL = ("compare", "aiohttp", "aiohttp", "-n", "8", "--quick", "--blocks", "5")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """aiohttp against itself, with everything that the command can write beside its folder."""
    base = tmp_path_factory.mktemp("compared")
    ran = run(
        *SMALL, "--out", str(base / "out"), "--markdown", str(base / "m.md"), "--harness-lines", str(base / "h.jsonl"),
        "--save-baseline", str(base / "saved.json"), "--fail-if", "errors > 0", "--fail-if", "ok > 1",
    )  # fmt: skip
    assert ran.code == 3, ran
    assert "'errors > 0' passes" in ran.err
    assert "'ok > 1' fails" in ran.err
    return base


def test_a_client_against_itself_is_never_called_faster_or_slower(compared: Path) -> None:
    folder = results(compared / "out")
    summary = json.loads((folder / "summary.json").read_text())
    (comparison,) = summary["comparisons"]
    assert comparison["verdict"] in ("no difference shown", "no verdict")
    assert [comparison["baseline"], comparison["candidate"]] == ["aiohttp", "aiohttp (2)"]
    assert summary["stopping"]["blocks"] == 5
    assert not [f for layer in comparison["gap"] for f in layer["functions"] if f["significant"]]
    assert [arm["failed"] for arm in summary["arms"]] == [0, 0]
    assert {row["text"]: row["outcome"] for row in summary["conditions"]} == {"errors > 0": "passes", "ok > 1": "fails"}
    gap = sum(layer["us_per_request"]["value"] for layer in comparison["gap"])
    whole = comparison["gap_control_us_per_request"]["value"]
    assert abs(gap + comparison["gap_remainder_us_per_request"] - whole) < 0.01
    cpu = [client["control"]["cpu_us_per_request"]["value"] for client in summary["clients"]]
    # No other thread takes CPU: the layers alone are the whole.
    assert abs(gap - whole) <= 0.01 * max(cpu)


def test_every_block_has_each_arm_in_a_fresh_process_on_the_clients_core(compared: Path) -> None:
    recording = read_recording(results(compared / "out") / "recording.clientprof")
    control = [run.facts for run in recording.runs if run.facts.lens == "control"]
    groups: dict[tuple[int, int], list[str]] = {}
    for facts in control:
        groups.setdefault((facts.block, facts.group), []).append(facts.arm)
    assert {tuple(sorted(arms)) for arms in groups.values()} == {("aiohttp", "aiohttp (2)", "aiohttp again")}
    assert {block for block, _ in groups} == {0, 1, 2, 3, 4}
    assert all(len(run.facts.body_sha256) == 1 for run in recording.runs)
    assert len(usable_cores()) >= 1


def test_what_was_compared_is_rendered_again_with_the_same_figures(compared: Path, tmp_path: Path) -> None:
    folder = results(compared / "out")
    ran = run("report", str(folder / "recording.clientprof"), "--out", str(tmp_path), "--json")
    assert ran.code == 0, ran
    was, now = json.loads((folder / "summary.json").read_text()), json.loads(ran.out)
    assert now["comparisons"] == was["comparisons"]
    assert now["stopping"] == was["stopping"]
    assert now["conditions"] == was["conditions"]
    assert "The gap explained" in (results(tmp_path) / "report.html").read_text()


def test_markdown_and_harness_lines_are_written(compared: Path) -> None:
    markdown = (compared / "m.md").read_text()
    assert markdown.startswith("## clientprof")
    assert "A/A check" in markdown
    assert "`ok > 1`: **fails**" in markdown
    lines = [json.loads(line) for line in (compared / "h.jsonl").read_text().splitlines()]
    assert [line["scenario"] for line in lines] == ["c8/1k", "c8/1k"]
    assert all(line["rps"] > 0 and line["cpu_us"] > 0 for line in lines)


def test_a_saved_baseline_names_the_version_that_was_measured(compared: Path) -> None:
    saved = json.loads((compared / "saved.json").read_text())
    assert saved["schema"] == "clientprof.baseline/1"
    assert saved["client"].startswith("aiohttp==3.")
    assert saved["scenario"] == "c8/1k"


def test_another_load_than_the_saved_baselines_is_refused_with_the_differences(compared: Path, tmp_path: Path) -> None:
    line = refusal(
        "compare", "aiohttp", "-n", "9", "--tls", "--against-baseline", str(compared / "saved.json"),
        "--out", str(tmp_path),
    )  # fmt: skip
    assert "cannot be compared" in line
    assert "c8/1k" in line
    assert "c9/1k/tls" in line
    assert "--force" in line


def test_a_comparison_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    arguments = ("compare", "aiohttp", "aiohttp", "-n", "8", "--quick", "--out", str(tmp_path))
    ran = run(*arguments, "--blocks", "2")
    assert ran.code == 0, ran
    folder = results(tmp_path)
    summary = json.loads((folder / "summary.json").read_text())
    assert "too few blocks" in ran.out
    assert summary["comparisons"][0]["verdict"] == "no verdict"
    before = read_recording(folder / "recording.clientprof").runs
    ran = run(*arguments, "--blocks", "5", "--resume", str(folder))
    assert ran.code == 0, ran
    after = read_recording(folder / "recording.clientprof").runs
    assert [run.facts for run in after[: len(before)]] == [run.facts for run in before]
    assert json.loads((folder / "summary.json").read_text())["stopping"]["blocks"] == 5
    assert results(tmp_path) == folder
    assert "its load is c8/1k, not c9/1k" in refusal(
        "compare", "aiohttp", "aiohttp", "-n", "9", "--resume", str(folder), "--out", str(tmp_path)
    )


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    running = start((*SMALL, "--blocks", "500", "--max-time", "600", "--out", str(tmp_path)))
    running.workers_seen(7)
    os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130
    assert "go on with --resume" in ran.err.splitlines()[-1]
    summary = json.loads((results(tmp_path) / "summary.json").read_text())
    assert summary["complete"] is False


def test_a_failed_request_fails_the_comparison(tmp_path: Path) -> None:
    # httpx waits 5 s for an answer unless told otherwise, aiohttp minutes.
    ran = run("compare", "httpx", "aiohttp", "-n", "1", "--quick", "--delay", "5500", "--out", str(tmp_path))
    assert ran.code == 1, ran
    assert "requests failed (ReadTimeout)" in ran.err.splitlines()[-1]
    summary = json.loads((results(tmp_path) / "summary.json").read_text())
    assert summary["complete"] is False
    assert all(row["verdict"] == "no verdict" for row in summary["comparisons"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("httpx",), "two clients or more"),
        (("httpx", "aiohtp"), "did you mean aiohttp"),
        (("httpx", "aiohttp", "--baseline", "httpx2"), "none of httpx, aiohttp"),
        (("httpx", "aiohttp", "--fail-if", "speed > 1"), "no metric 'speed'"),
        (("httpx", "aiohttp", "--blocks", "0"), "--blocks must be between"),
        (("httpx", "aiohttp", "--max-time", "0"), "--max-time must be between"),
        (("httpx", "aiohttp", "--half-width", "0"), "--half-width must be between"),
        (("httpx", "aiohttp", "--http2", "--tls"), "aiohttp has no"),
        (("httpx", "--against-baseline", "missing.json"), "No such file"),
        (("httpx", "aiohttp", "--resume", "missing"), "no such file"),
    ],
)
def test_wrong_use_is_refused_in_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in refusal("compare", *arguments, "--out", str(tmp_path))
