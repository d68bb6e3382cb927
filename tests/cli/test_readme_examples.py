"""Every example of README and docs is run as it stands there, with a small load; and the first command in a fresh copy."""

import json
import platform
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from clientprof.experiments.environments.errors import InterpreterProblem
from clientprof.experiments.environments.interpreters import find_interpreter
from command import QUICK, results, run
from test_readme_commands import BLOCKS, EXAMPLES, ROOT

pytestmark = pytest.mark.slow

# What is put behind each command's own arguments: the last one counts. Everything else stays as the README has it.
SMALLER = {
    "trace": QUICK,
    "compare": ("-n", "8", "--blocks", "1", "--max-time", "20"),
    "sweep": ("-n", "2,4"),
    "matrix": ("--blocks", "1", "--max-time", "30"),
    "bisect": ("-n", "64", "--blocks", "3", "--good", "2.2.0", "--bad", "2.3.0"),
    "explain": ("-n", "8", "--max-time", "20"),
    "suspects": ("-n", "8"),
    "scenario": ("--quick",),
}
RUN = "reports/RUN"
# Minutes of another example's own steps, with fewer options: what only their words differ in, the parser's test reads.
TOLD_BY_OTHERS = {
    "clientprof explain --client httpx -n 512",
    "clientprof explain --client httpx2 -n 512 --limit 512",
    "clientprof compare httpx==0.28.1 httpx==0.28.1+sniffio -n 128",
}
PROGRAMS = ROOT / "tests" / "programs"
# Installing two environments and measuring in them takes longest.
WAIT_S = 600.0


def smaller(name: str, arguments: list[str]) -> list[str]:
    """The arguments with a smaller load. What only lists, or takes its load from a recording, is left alone."""
    if not arguments:
        return arguments
    added = list(SMALLER.get(name, ()))
    if name == "explain" and any(word.startswith(RUN) for word in arguments):
        added = added[2:]
    if "--requests" in arguments:
        added += ["--requests", "32"]
    return [*arguments, *added]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of httpx without sniffio beside it, held against aiohttp."""
    out = tmp_path_factory.mktemp("recording")
    # Rounds enough for samples of the faster client too, which an export asks for.
    load = ("-n", "8", "--rounds", "40", "--blocks", "1")
    ran = run("trace", "--client", "httpx==0.28.1", *load, "--out", str(out), wait_s=WAIT_S)
    assert ran.code == 0, ran
    return results(out) / "recording.clientprof"


@pytest.fixture(scope="module")
def program_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a program."""
    out = tmp_path_factory.mktemp("program")
    ran = run("run", "--out", str(out), str(PROGRAMS / "app.py"), wait_s=WAIT_S)
    assert ran.code == 0, ran
    return results(out) / "recording.clientprof"


def with_pythons_of_here(example: str) -> str:
    """The example; a Python that is not on this machine gives way to the one that runs the tests."""
    for version in re.findall(r"@py(3\.\d+)", example):
        try:
            find_interpreter(version)
        except InterpreterProblem:
            example = example.replace(f"@py{version}", f"@py{platform.python_version().rpartition('.')[0]}")
    return example


def of_program(arguments: list[str]) -> list[str]:
    """What is run ends by itself; a server takes any free port."""
    return [*arguments, "--port", "0"] if "uvicorn" in arguments else arguments


@pytest.mark.parametrize("example", [each for each in dict.fromkeys(EXAMPLES) if each not in TOLD_BY_OTHERS])
def test_the_example_ends_well(example: str, recording: Path, program_recording: Path, tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir(parents=True)
    shutil.copy(recording, tmp_path / RUN)
    _, name, *arguments = shlex.split(with_pythons_of_here(example))
    before_and_after = "reports/BEFORE" in example
    for folder in ("BEFORE", "AFTER") if before_and_after else ():
        (tmp_path / "reports" / folder).mkdir()
        shutil.copy(program_recording, tmp_path / "reports" / folder)
    if name == "run":
        shutil.copy(PROGRAMS / "app.py", tmp_path)
        arguments = of_program(arguments)
    elif not before_and_after:
        arguments = smaller(name, arguments)
    ran = run(name, *arguments, folder=tmp_path, wait_s=WAIT_S)
    # On a noisy machine the proof of the measuring is inconclusive, and says so.
    inconclusive = name == "selfcheck" and ran.code == 3 and " 0 fail, " in ran.out
    assert ran.code == 0 or inconclusive, ran
    if name == "run":
        assert "Requests by call site" in ran.err
        return
    assert ran.out.strip()
    assert "Traceback" not in ran.err
    if before_and_after:
        return
    if name in ("trace", "compare", "sweep", "bisect", "explain") or (name == "scenario" and arguments):
        (page,) = (path for path in tmp_path.glob("reports/*/report.html"))
        assert page.stat().st_size > 10_000


def test_what_others_tell_is_still_an_example() -> None:
    assert set(EXAMPLES) >= TOLD_BY_OTHERS


def test_the_first_command_installs_in_a_fresh_copy_and_answers(tmp_path: Path) -> None:
    copied = tmp_path / "copy"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in (name for name in tracked.stdout.split("\0") if name and not name.startswith("reports/")):
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copied / name)
    ran = subprocess.run(["sh", "-c", BLOCKS[0]], cwd=copied, capture_output=True, text=True, timeout=WAIT_S)
    assert ran.returncode == 0, ran
    summary = json.loads((results(copied / "reports") / "summary.json").read_text())
    assert summary["complete"] is True
    assert [client["name"] for client in summary["clients"]] == ["httpx", "aiohttp"]
