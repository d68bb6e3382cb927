"""``clientprof sweep`` and ``clientprof bisect``: what is written, rendered again, and refused."""

import json
import os
import signal
from pathlib import Path

import pytest

from clientprof.experiments.differences.releases import order
from clientprof.recording.recording_file import read_recording
from command import refusal, results, run, start


def test_a_sweep_measures_every_client_at_every_n_and_is_rendered_again(tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    ran = run("sweep", "--client", "aiohttp", "-n", "16,4,8", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    growth = json.loads((folder / "summary.json").read_text())["growth"]
    assert growth["n"] == [4, 8, 16]
    assert [[point["n"] for point in row["points"]] for row in growth["totals"]] == [[4, 8, 16]]
    assert growth["totals"][0]["slope"] is not None
    assert {row["layer"] for row in growth["layers"]} >= {"http", "io", "pool"}
    assert growth["retention"][0]["client"] == "aiohttp"
    rendered = run("report", str(folder / "recording.clientprof"), "--out", str(again), "--json")
    assert rendered.code == 0, rendered
    assert json.loads(rendered.out)["growth"] == growth


@pytest.mark.slow
def test_a_sweep_goes_on_where_it_was_cut_short_and_keeps_what_was_measured_whole(tmp_path: Path) -> None:
    sweep = ("sweep", "--client", "aiohttp", "--out", str(tmp_path))
    running = start((*sweep, "-n", "4,8,2000"))
    # Three processes an n: the first of the largest runs when two n are saved.
    running.workers_seen(7)
    os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130, ran
    assert "go on with --resume" in ran.err.splitlines()[-1]
    folder = results(tmp_path)
    before = read_recording(folder / "recording.clientprof")
    assert before.manifest.complete is False
    whole = [run.facts for run in before.runs if run.facts.concurrency in (4, 8)]
    assert len(whole) == 6

    assert "its load is c4/1k, not c4/1k/tls" in refusal(*sweep, "-n", "4,8,2000", "--tls", "--resume", str(folder))
    assert "its seed is 1, not 2" in refusal(*sweep, "-n", "4,8,2000", "--seed", "2", "--resume", str(folder))
    assert "it has n = 4, which -n does not" in refusal(*sweep, "-n", "8,16,2000", "--resume", str(folder))
    ran = run(*sweep, "-n", "4,8,16,2000", "--resume", str(folder))
    assert ran.code == 0, ran
    assert results(tmp_path) == folder
    after = read_recording(folder / "recording.clientprof")
    assert after.manifest.complete is True
    assert [run.facts for run in after.runs][:6] == whole
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["growth"]["n"] == [4, 8, 16, 2000]
    assert "not measured" not in (folder / "report.html").read_text().lower()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweep", "-n", "16"), "needs 2 to 12 different numbers"),
        (("sweep", "-n", "16,x"), "is no list of numbers"),
        (("sweep", "-n", "16,64", "--client", "nope"), "no client 'nope'"),
        (("sweep", "-n", "16,64", "--requests", "32"), "--requests must be"),
        (("sweep", "-n", "16,64", "--resume", "missing"), "no such file"),
        (("bisect", "--client", "httpx2", "--good", "2.0.0"), "--bad"),
        (("bisect", "--client", "httpx2==2.0.0", "--good", "2.0.0", "--bad", "2.1.0"), "without a version"),
        (("bisect", "--client", "httpx2", "--good", "2.0.0", "--bad", "2.0.0"), "the same version"),
        (("bisect", "--client", "httpx2", "--good", ">2", "--bad", "2.0.0"), "one exact version"),
        (("bisect", "--client", "floor", "--good", "1", "--bad", "2"), "without a version"),
    ],
)
def test_wrong_use_is_refused_in_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in refusal(*arguments, "--out", str(tmp_path))


def test_releases_are_ordered_by_number_and_not_by_text() -> None:
    assert sorted(["2.10.0", "2.9.1", "2.9.0.post1", "2.9.0", "2.0"], key=order) == [
        "2.0", "2.9.0", "2.9.0.post1", "2.9.1", "2.10.0",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no release"):
        order("2.0.0rc1")
