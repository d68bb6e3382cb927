"""Every example of the README is run as it stands there, but with a small load; and its first command in a fresh copy."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from command import QUICK, results, run
from test_readme_commands import BLOCKS, EXAMPLES, ROOT

pytestmark = pytest.mark.slow

# What is put behind each command's own arguments: the last one counts. Everything else stays as the README has it.
SMALLER = {
    "trace": QUICK,
    "compare": ("-n", "8", "--blocks", "1", "--max-time", "20"),
    "sweep": ("-n", "2,4"),
    "bisect": ("-n", "64", "--blocks", "3", "--good", "2.2.0", "--bad", "2.3.0"),
    "explain": ("-n", "8", "--max-time", "20"),
    "suspects": ("-n", "8"),
    "scenario": ("--quick",),
}
RUN = "reports/RUN"
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


@pytest.mark.parametrize("example", dict.fromkeys(EXAMPLES))
def test_the_example_ends_well(example: str, recording: Path, tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir(parents=True)
    shutil.copy(recording, tmp_path / RUN)
    _, name, *arguments = shlex.split(example)
    ran = run(name, *smaller(name, arguments), folder=tmp_path, wait_s=WAIT_S)
    assert ran.code == 0, ran
    assert ran.out.strip()
    assert "Traceback" not in ran.err
    if name in ("trace", "compare", "sweep", "bisect", "explain") or (name == "scenario" and arguments):
        (page,) = (path for path in tmp_path.glob("reports/*/report.html"))
        assert page.stat().st_size > 10_000


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
