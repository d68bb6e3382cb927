"""Another server by ``--url``: the load is stated and kept, phases collapse without stamps, secrets stay out."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clientprof.origin.process import OriginProcess
from command import QUICK, results, run

SECRETS = ("hunter2", "s3cret", "somebody")


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Python's own file server: HTTP/1.0, no stamps, a connection per request."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "file").write_bytes(b"x" * 300)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        match = re.search(r"port (\d+)", process.stdout.readline())
        assert match is not None
        yield f"http://127.0.0.1:{match[1]}"
        process.terminate()


def test_without_stamps_the_phases_collapse_and_the_summary_says_so(plain_server: str, tmp_path: Path) -> None:
    ran = run("trace", *QUICK, "--url", f"{plain_server}/file", "--lens", "ledger", "--out", str(tmp_path))
    assert ran.code == 0, ran
    summary = json.loads((results(tmp_path) / "summary.json").read_text())
    for client in summary["clients"]:
        assert not client["ledger"]["server_stamps"]
        phases = {row["phase"] for row in client["phases"]}
        assert "wait" in phases
        assert not {"uplink", "server", "downlink", "loop"} & phases
    notices = [warning["text"] for warning in summary["warnings"] if warning["id"] == "no-server-stamps"]
    assert len(notices) == 2
    assert all("one phase, wait" in text for text in notices)


def test_the_load_is_stated_before_it_starts_and_not_exceeded(origin: OriginProcess, tmp_path: Path) -> None:
    before = origin.journal()
    lenses = ("--lens", "control,count", "--against", "none")
    ran = run("trace", *QUICK, "--url", f"{origin.ready.base_url}/1k", *lenses, "--out", str(tmp_path))
    assert ran.code == 0, ran
    match = re.match(r"Sending at most ([\d,]+) requests to 127\.0\.0\.1, 8 at once, within \d+ minutes", ran.err)
    assert match is not None, ran.err
    stated = int(match[1].replace(",", ""))
    sent = origin.journal().since(before).requests
    assert 0.5 * stated < sent <= stated


def test_stamps_of_another_origin_on_this_machine_are_used(origin: OriginProcess, tmp_path: Path) -> None:
    url = f"{origin.ready.base_url}/1k"
    run("trace", *QUICK, "--url", url, "--lens", "ledger", "--against", "none", "--out", str(tmp_path))
    (client,) = json.loads((results(tmp_path) / "summary.json").read_text())["clients"]
    assert client["ledger"]["server_stamps"]
    assert "wait" not in {row["phase"] for row in client["phases"]}


def test_a_wrong_status_is_a_failure_by_name(plain_server: str, tmp_path: Path) -> None:
    lenses = ("--lens", "control", "--against", "none")
    ran = run("trace", *QUICK, "--url", f"{plain_server}/absent", *lenses, "--out", str(tmp_path))
    assert ran.code == 0, ran
    clients: list[dict[str, Any]] = json.loads((results(tmp_path) / "summary.json").read_text())["clients"]
    assert all(set(client["control"]["errors"]) == {"WrongStatus"} for client in clients)


@pytest.mark.parametrize(
    ("path", "lenses"), [("1k", ("--against", "none")), ("status/500", ("--against", "none", "--lens", "control"))]
)
def test_credentials_and_queries_appear_in_no_file_and_not_on_the_terminal(
    path: str, lenses: tuple[str, ...], origin: OriginProcess, tmp_path: Path
) -> None:
    address = f"somebody:hunter2@127.0.0.1:{origin.ready.port}"
    out = tmp_path / "out"
    ran = run("trace", *QUICK, *lenses, "--url", f"http://{address}/{path}?token=s3cret", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    texts = [ran.out, ran.err, *((folder / name).read_text() for name in ("summary.json", "report.html"))]
    with zipfile.ZipFile(folder / "recording.clientprof") as archive:
        texts += [archive.read(name).decode("latin-1") for name in archive.namelist()]
    for text in texts:
        assert [secret for secret in SECRETS if secret in text] == []
    assert f"http://127.0.0.1:{origin.ready.port}/{path}" in json.loads(texts[2])["command"]
