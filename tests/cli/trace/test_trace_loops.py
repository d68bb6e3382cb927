"""``--loop``: refused before anything runs where it cannot be, and its report says what it hides."""

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from clientprof.cli import main
from command import QUICK, results, run


def trace(out: Path, *arguments: str) -> tuple[dict[str, Any], str, str]:
    """The summary of a quick trace, its standard error, its page."""
    ran = run("trace", *QUICK, *arguments, "--out", str(out))
    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err
    folder = results(out)
    return json.loads((folder / "summary.json").read_text()), ran.err, (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--client", "httpx", "--against", "aiohttp", "--loop", "trio"),
            "aiohttp has no trio; it has: ",
        ),
        (("--client", "httpx", "--against", "aiohttp", "--loop", "trio"), "--against none"),
        (("--client", "aiohttp", "--against", "none", "--loop", "trio"), "aiohttp has no trio"),
        (("--client", "httpx==0.28.1", "--loop", "trio"), "write httpx==0.28.1+trio"),
        (("--loop", "gevent"), "--loop is one of asyncio, uvloop, trio, not 'gevent'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("trace", *arguments)) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("loop", ["uvloop", "trio"])
def test_a_loop_that_is_not_installed_is_named_with_the_command(
    loop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, loop, None)
    assert main(("trace", "--client", "httpx", "--loop", loop)) == 2
    assert f"--loop {loop} needs {loop}, which is not installed here: `pip install {loop}`" in capsys.readouterr().err


def test_trio_goes_without_the_default_baseline_and_says_so(tmp_path: Path) -> None:
    summary, err, page = trace(tmp_path, "--loop", "trio", "--lens", "control,ledger")
    assert "No baseline: aiohttp has no trio; --against names another." in err.splitlines()
    (client,) = summary["clients"]
    assert client["loop"] == f"trio {importlib.metadata.version('trio')}"
    assert all(row["ready_us"] is not None for row in client["phases"])
    assert client["control"]["errors"] == {}
    assert "loop-unseen" not in page


def test_both_clients_run_on_uvloop_and_are_seen_whole(tmp_path: Path) -> None:
    summary, err, page = trace(tmp_path, "--loop", "uvloop", "--lens", "control,ledger,sample,count")
    assert "No baseline" not in err
    assert {client["loop"] for client in summary["clients"]} == {f"uvloop {importlib.metadata.version('uvloop')}"}
    for client in summary["clients"]:
        assert {"send", "uplink", "server", "downlink", "loop", "headers"} <= {row["phase"] for row in client["phases"]}
        for row in client["phases"]:
            # The summary keeps six digits of each.
            assert row["cpu_us"] + row["ready_us"] + row["wait_us"] == pytest.approx(row["wall_us"]["value"], rel=1e-5)
            assert sum(row["blame"].values()) == pytest.approx(row["ready_us"], rel=1e-5, abs=1e-2)
        assert client["unattributed_share"] < 0.01
    assert "nobody can be blamed" not in page
