"""``clientprof explain`` and ``clientprof suspects``: what is tried, proven and written; what is refused before it runs."""

import json
from pathlib import Path

import pytest

from clientprof.experiments.suspects import SUSPECTS
from command import WAIT_S, refusal, results, run
from planted_package import plant
from unsteady import hold

# Two hundred microseconds of CPU in a function that no catalogue knows, in the request path of aiohttp.
BURN_US = 200.0
TEXT = "explanation.md"
PLANT = f"""
from time import thread_time_ns

import aiohttp.client_reqrep


def dither():
    until = thread_time_ns() + {int(BURN_US * 1000)}
    while thread_time_ns() < until:
        pass


original = aiohttp.client_reqrep.ClientRequest.update_auth


def update_auth(*args, **kwargs):
    dither()
    return original(*args, **kwargs)


aiohttp.client_reqrep.ClientRequest.update_auth = update_auth
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return plant(tmp_path / "site-packages", "dithering", PLANT, monkeypatch)


def explained(out: Path, *arguments: str) -> dict[str, dict[str, object]]:
    """The experiments of a run, by suspect."""
    load = ("--client", "aiohttp", "--against", "none", "-n", "32", "--max-time", "60")
    ran = run("explain", *load, *arguments, "--out", str(out), "--quiet", wait_s=2 * WAIT_S)
    assert ran.code == 0, ran
    summary = json.loads((results(out, TEXT) / "summary.json").read_text())
    return {row["suspect"]: row for row in summary["experiments"]}


@pytest.mark.slow
@pytest.mark.usefixtures("planted")
def test_a_planted_burn_is_raised_by_its_cost_and_confirmed_by_slowing_it_down(tmp_path: Path) -> None:
    found = explained(tmp_path / "out")
    row = found["slow-down-dithering.dither"]
    assert row["kind"] == "slow-down"
    gain = row["measured_gain"]
    assert isinstance(gain, dict)
    hold(row["verdict"] == "confirmed", f"{row['verdict']}, gain {gain}")
    hold(gain["value"] == pytest.approx(BURN_US, rel=0.25), f"gain {gain['value']:.1f} µs of {BURN_US:g}")


@pytest.mark.slow
@pytest.mark.usefixtures("planted")
def test_a_users_patch_that_takes_a_plant_away_gains_its_cost_and_the_report_is_rendered_again(tmp_path: Path) -> None:
    patch = tmp_path / "mine.py"
    patch.write_text("def nothing():\n    pass\n\n\ndef wrong():\n    raise ValueError('not like this')\n")
    out = tmp_path / "out"
    found = explained(
        out, "--patch", f"dithering:dither={patch}:nothing", "--patch", f"dithering:update_auth={patch}:wrong"
    )
    row = found["patch-dithering.dither"]
    gain = row["measured_gain"]
    assert isinstance(gain, dict)
    hold(row["verdict"] == "confirmed", f"{row['verdict']}, gain {gain}")
    rendered = run(
        "report", str(results(out, TEXT) / "recording.clientprof"), "--out", str(tmp_path / "again"), "--json"
    )
    assert rendered.code == 0, rendered
    assert {each["suspect"] for each in json.loads(rendered.out)["experiments"]} == set(found)
    # Its own 200 us, and reading the clock once more at the end.
    hold(BURN_US * 0.95 <= gain["value"] <= BURN_US * 1.2, f"gain {gain['value']:.1f} µs of {BURN_US:g}")


def test_what_makes_no_sense_is_refused_before_anything_runs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = refusal("explain", "--suspect", "snifio-missing", "--out", str(out))
    assert "did you mean sniffio-missing" in said
    assert "module:function=file.py:replacement" in refusal("explain", "--patch", "httpcore", "--out", str(out))
    assert "--max-time" in refusal("explain", "--max-time", "1", "--out", str(out))
    assert "its own baseline" in refusal("explain", "--client", "aiohttp", "--out", str(out))
    assert "leave out --client" in refusal("explain", "x.clientprof", "--client", "httpx", "--out", str(out))
    assert "x.clientprof" in refusal("explain", str(tmp_path / "x.clientprof"), "--out", str(out), code=1)
    assert not out.exists()


def test_the_catalogue_is_listed_for_people_and_programs() -> None:
    listed = run("suspects")
    assert listed.code == 0
    assert all(name in listed.out for name in SUSPECTS)
    rows = json.loads(run("suspects", "--json").out)["suspects"]
    assert [row["id"] for row in rows] == list(SUSPECTS)
    assert all(row["hypothesis"] and row["raised"] is None for row in rows)
