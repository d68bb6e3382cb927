"""``clientprof run``: what a recording tells of the command, and what is refused before anything starts."""

import json
from pathlib import Path

import pytest

from clientprof.origin.process import OriginProcess
from clientprof.recording.recording_file import read_recording
from command import run

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"


def test_arguments_of_the_program_are_in_no_file_of_the_result(tmp_path: Path, origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"
    words = ["--out", str(tmp_path), str(PROGRAMS / "planted.py"), "shares_a_session", url, "asyncio", "hunter2"]
    ran = run("run", "--json", *words)
    assert ran.code == 0, ran.err
    summary = json.loads(ran.out)
    assert summary["program"]["command"] == ["planted.py", "(4 arguments)"]
    (folder,) = tmp_path.iterdir()
    recording = read_recording(folder / "recording.clientprof")
    assert recording.manifest.command[:2] == ("clientprof", "run")
    for text in (repr(recording.manifest), (folder / "report.html").read_text(), (folder / "summary.json").read_text()):
        assert "hunter2" not in text
        assert str(PROGRAMS) not in text
        assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "run what?"),
        (("no_such_script.py",), "no_such_script.py: no such script"),
        (("--python", "no-such-python", "planted.py"), "--python no-such-python: no such interpreter"),
        (("--for", "0", str(PROGRAMS / "planted.py")), "--for must be more than 0"),
        (("--requests", "0", str(PROGRAMS / "planted.py")), "--requests must be at least 1"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(words: tuple[str, ...], said: str) -> None:
    ran = run("run", *words)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
