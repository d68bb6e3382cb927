"""``clientprof scenario``: the list, wrong use, a missing extra, a whole quick run, and Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from clientprof.experiments.scenarios import SCENARIOS, load_scenario
from command import WAIT_S, refusal, results, run, start


def test_the_list_has_a_line_for_each_scenario() -> None:
    ran = run("scenario")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == list(SCENARIOS)
    assert json.loads(run("scenario", "--json").out) == SCENARIOS


def test_every_scenario_is_a_module_of_its_name_with_a_story() -> None:
    for name in SCENARIOS:
        scenario = load_scenario(name)
        assert name == scenario.NAME
        assert len(scenario.STORY) > 100


def test_an_unknown_name_is_answered_with_what_there_is() -> None:
    assert "fastapi" in refusal("scenario", "fastapy")


def test_a_missing_extra_is_said_before_anything_starts(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    code = (
        "import sys; sys.modules['fastapi'] = None; from clientprof.cli import main; "
        f"sys.exit(main(['scenario', 'fastapi', '--out', {str(out)!r}]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "not installed: fastapi" in line
    assert "pip install 'clientprof[service]'" in line
    assert not out.exists()


def test_a_quick_run_prints_its_json_and_can_be_rendered_again(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    ran = run("scenario", "fastapi", "--quick", "--json", "--out", str(out))
    assert ran.code == 0, ran
    summary = json.loads(ran.out)
    folder = results(out)
    assert summary == json.loads((folder / "summary.json").read_text())
    assert summary["complete"] is True
    for row in summary["routes"]:
        assert row["control"]["errors"] == {}
        assert row["requests"]["called"] == row["requests"]["by_origin"]
    # All accounts agree, whoever makes the load.
    assert "origin-log" not in {warning["id"] for warning in summary["warnings"]}

    again = run("report", str(folder / "recording.clientprof"), "--json", "--out", str(tmp_path / "again"))
    assert again.code == 0, again
    assert json.loads(again.out) == summary


def test_ctrl_c_ends_every_process_and_keeps_what_was_measured(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    running = start(("scenario", "fastapi", "--quick", "--out", str(out)))
    seen: set[int] = set()
    limit_s = time.monotonic() + WAIT_S
    while len(seen) < 3:
        assert running.process.poll() is None, running.process.communicate()
        assert time.monotonic() < limit_s
        seen.update(running.members("service:app"))
        time.sleep(0.02)
    os.kill(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130, ran
    assert "interrupted" in ran.err
    summary = json.loads((results(out) / "summary.json").read_text())
    assert summary["complete"] is False
    assert 1 <= len(summary["routes"]) <= 3
