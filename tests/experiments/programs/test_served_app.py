"""The scenario's service as a process: what is said when it fails, and that nothing of it is left."""

import http.client
import tempfile
from pathlib import Path

import pytest

from clientprof.experiments.programs import served_app
from clientprof.experiments.programs.served_app import AppError, ServedApp

NO_APP = "import fastapi\nraise LookupError('the upstream is not set')\n"
DIES = """\
import os
from fastapi import FastAPI
app = FastAPI()

@app.get("/dies")
async def dies():
    os._exit(3)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def serves(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is this program from now on."""
    program = folder / "service.py"
    program.write_text(text)
    monkeypatch.setattr(served_app, "PROGRAM", program)


def test_a_service_that_cannot_start_is_told_with_its_last_words(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serves(NO_APP, tmp_path, monkeypatch)
    with pytest.raises(AppError, match="the service died with exit code 1: LookupError: the upstream is not set"):
        ServedApp("http://127.0.0.1:1", "the service", cpu=None, measurement=None)
    assert list(temporary.iterdir()) == []


def test_a_service_that_died_meanwhile_is_told_when_it_is_asked(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serves(DIES, tmp_path, monkeypatch)
    with ServedApp("http://127.0.0.1:1", "the service", cpu=None, measurement=None) as app:
        before = app.clocks()
        connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)
        connection.request("GET", "/dies")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
        connection.close()
        with pytest.raises(AppError, match="the service died with exit code 3"):
            app.drain(lambda: 0)
    assert before.cpu_ns > 0
    assert list(temporary.iterdir()) == []
