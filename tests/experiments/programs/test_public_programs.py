"""Public programs, as their users install and call them: healthy ones get no finding, and what one is told is true."""

import json
import subprocess
import tempfile
import venv
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured

pytestmark = pytest.mark.slow
PACKAGES = ("httpie", "httpx[cli]", "streamlink", "LinkChecker")
LINKS = 40


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of their commands."""
    folder = tmp_path_factory.mktemp("public")
    venv.create(folder, with_pip=True)
    command = [folder / "bin" / "python", "-m", "pip", "install", "-q", *PACKAGES]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "bin"


def seen(programs: Path, folder: Path, program: str, *words: str) -> ProgramResult:
    """What ``clientprof run`` found about the program."""
    # HTTPie would ask its makers for a newer version.
    settings = folder / "settings"
    settings.mkdir()
    (settings / "config.json").write_text(json.dumps({"disable_update_warnings": True}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPIE_CONFIG_DIR", str(settings))
        patch.setenv("HOME", str(folder))
        ended = measured(folder / "out", "--", str(programs / program), *words)
    assert ended.code == 0, ended.errors
    assert b"Traceback" not in ended.errors
    assert ended.recording is not None
    return program_result(ended.recording)


@pytest.mark.parametrize("program", ["http", "httpx", "streamlink"])
def test_no_finding_is_raised_about_a_public_program(
    program: str, programs: Path, origin: OriginProcess, tmp_path: Path
) -> None:
    url = f"{origin.ready.base_url}/1k"
    words = [f"httpstream://{url}", "best", "-o", str(tmp_path / "stream")] if program == "streamlink" else [url]
    result = seen(programs, tmp_path, program, *words)
    assert [(finding.id, finding.title) for finding in result.findings] == []
    assert result.requests >= 1


def test_a_checker_that_leaves_answers_unread_is_told_how_many_connections_that_opens(
    programs: Path, tmp_path: Path
) -> None:
    with OriginProcess() as origin, tempfile.TemporaryDirectory() as folder:
        # Started by root, LinkChecker goes on as nobody, who may not enter pytest's folders.
        Path(folder).chmod(0o755)
        page = Path(folder, "page.html")
        url = f"{origin.ready.base_url}/1k"
        page.write_text("".join(f'<a href="{url}?n={number}">link</a>' for number in range(LINKS)))
        result = seen(programs, tmp_path, "linkchecker", "--check-extern", "--no-status", str(page))
        served = origin.journal()
    # It streams every answer and closes it unread, so that its connection cannot be used again.
    assert [finding.id for finding in result.findings] == ["connections-not-reused"]
    assert result.requests == served.requests
    (opened,) = [site.connects_per_1000 for site in result.call_sites if site.requests >= LINKS]
    assert opened == pytest.approx(1000 * served.connections_used / served.requests, rel=0.05)
