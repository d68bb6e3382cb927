"""``clientprof history`` from recordings to the page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clientprof.cli import main
from command import Traced, run

VERSION_1 = Path(__file__).resolve().parents[2] / "experiments" / "history" / "version_1"


def test_a_trace_is_added_once_and_asked_for_by_sql(traced: Traced, tmp_path: Path) -> None:
    recorded, folder = str(traced.folder / "recording.clientprof"), str(tmp_path / "history")
    ran = run("history", "add", recorded, str(tmp_path / "none"), "--history", folder)
    assert (ran.code, ran.out) == (1, f"1 added to {folder}\n")
    assert "no such file" in ran.err.lower()
    again = run("history", "add", recorded, "--exchanges", "--history", folder)
    assert again.out == f"0 added to {folder}, 1 were there\n"
    sql = "SELECT client, value FROM results WHERE metric = 'cpu_us_per_request' ORDER BY client"
    asked = run("history", "query", sql, "--history", folder, "--json")
    costs = {row["client"]: row["value"] for row in json.loads(asked.out)}
    for client in traced.summary["clients"]:
        assert costs.pop(client["name"]) == pytest.approx(client["control"]["cpu_us_per_request"]["value"], rel=1e-4)
    assert costs == {}
    counted = "SELECT count(*), avg(wall_ns) / 1000 FROM exchanges WHERE client = 'httpx'"
    lines = run("history", "query", counted, "--history", folder, "--csv").out.splitlines()
    count, wall_us = map(float, lines[1].split(","))
    ledger = traced.summary["clients"][0]["ledger"]
    assert count == ledger["requests"]
    assert wall_us == pytest.approx(ledger["wall_us"], rel=1e-4)


def test_show_writes_a_page_and_says_that_one_position_is_no_trend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(VERSION_1, tmp_path / "history")
    assert main(["history", "show", "--history", str(tmp_path / "history"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["recordings"], shown["trends"]) == ("clientprof.history-summary/1", 2, [])
    page = Path(shown["files"]["page"]).read_text()
    assert "there is no trend" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add",), "add which recordings?"),
        (("query", "SELECT", "1"), "one SELECT, in quotes"),
        (("show", "httpx"), "--client chooses"),
        (("show", "--exchanges"), "--exchanges goes with `history add`"),
        (("query", "SELECT 1", "--json", "--csv"), "not both"),
    ],
)
def test_wrong_use_of_history_is_one_line(here: Callable[..., str], words: tuple[str, ...], said: str) -> None:
    assert said in here("history", *words)
