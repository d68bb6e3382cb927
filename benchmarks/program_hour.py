"""What an hour of ``clientprof run`` costs: memory of the measured process, size of the recording, and its analysis.

    python benchmarks/program_hour.py                        httpx and aiohttp, an hour at 200 a second, about 8 minutes
    python benchmarks/program_hour.py --client httpx --hours 0.2
    python benchmarks/program_hour.py --json

A program calls an upstream of 20 ms 200 times a second for ``--seconds``, by itself and under ``clientprof run``: that gives
the memory of the instruments, and how much it grows with each request. The hour itself is lived again
(``replayed_hour``): what the loop of that program wrote goes through the same exchanges, lanes, duty cycle, rotation and
thinning as often as an hour needs, under a clock that runs faster. Its folder is gathered, written, read and analysed as
that of a program is, each in a process of its own. Memory is that of the real run above none, and what the hour adds to
it. Exit code 1 if a budget is not kept.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.programs.launch import Launched
from clientprof.experiments.programs.measurement import Limits
from clientprof.recording.recording_file import read_recording
from program_cost import PROGRAMS, serving_upstream
from rows import Row, finish

CLIENTS = ("httpx", "aiohttp")
MEMORY_BUDGET_MB, FILE_BUDGET_MB, ANALYSIS_BUDGET_S = 64.0, 50.0, 30.0
_MOST_BYTES = 50_000_000
_MATERIAL_S = 40.0
_HOUR_S = 3600.0
# In processes of their own, so that their memory is theirs: the measured one, what is done when it ends, and the report.
_LIVE = """
import sys
from pathlib import Path
from clientprof.experiments.programs.thin import Thinner
from replayed_hour import Material, relive
material, folder = Material(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])), Path(sys.argv[4])
seconds, most = map(float, sys.argv[5:7])
thinner, first, last = Thinner(folder, int(most)), 0, 0
for second, memory in relive(folder, material, seconds):
    thinner.look()
    first, last = first if second > min(60, seconds / 2) else memory, memory
print(first, last, thinner.kept_one_in, thinner.kept, thinner.lost, material.from_ns)
"""
_GATHER = """
import resource, sys, time
from pathlib import Path
from types import SimpleNamespace
from clientprof.experiments.programs.run import gather_program
from clientprof.recording.recording_file import write_recording
folder, path, one_in, kept, lost, from_ns = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:7])
thinner = SimpleNamespace(kept_one_in=one_in, kept=kept, lost=lost)
launched = SimpleNamespace(
    folder=folder, from_ns=from_ns, until_ns=None, exit_code=0, ended_by="the hour", thinner=thinner,
    limits=SimpleNamespace(requests=None),
)
started = time.perf_counter()
outcome = gather_program(launched, (), ("steady.py",), 1)
write_recording(path, outcome.recording.manifest, outcome.recording.runs)
print(outcome.requests, time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
_REPORT = """
import resource, sys
from clientprof.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Real:
    """A real run: memory above none at its end, and how much memory a request left behind, both in bytes."""

    above_none: float
    per_request: float
    recorded_per_request: float


def _script(text: str, *words: object) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", text, *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done


def _program(url: str, client: str, per_s: float, seconds: float) -> list[str]:
    return [sys.executable, str(PROGRAMS / "steady.py"), url, client, f"{per_s:g}", f"{seconds:g}"]


def material(url: str, client: str, per_s: float, into: Path) -> tuple[str, int]:
    """Run the program with all detail for a while; returns the process's name and the lane of its loop."""
    limits = Limits(0.0, None, None, 1 << 40, detail="always")
    with Launched(_program(url, client, per_s, _MATERIAL_S), limits, stdout=subprocess.DEVNULL) as launched:
        launched.measure(lambda _seconds: None)
        launched.wait()
        shutil.copytree(launched.measurement.folder, into, dirs_exist_ok=True)
    (names,) = into.glob("*.names")
    identity = names.name.removesuffix(".names")
    sizes: dict[int, int] = {}
    for path in into.glob("*.window"):
        lane = int(path.name.split(".")[1])
        sizes[lane] = sizes.get(lane, 0) + path.stat().st_size
    return identity, max(sizes, key=lambda lane: sizes[lane])


def real(url: str, client: str, per_s: float, seconds: float) -> Real:
    """The program by itself and under ``clientprof run``."""
    command = _program(url, client, per_s, seconds)
    alone = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory() as out:
        run = [sys.executable, "-m", "clientprof", "run", "--quiet", "--out", out, "--python", *command]
        under = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
        (path,) = Path(out).glob("*/recording.clientprof")
        recording, size = read_recording(path), path.stat().st_size
    rows = next(each for each in recording.runs if each.column("uptime.at_ns"))
    memory, exchanges = list(rows.column("uptime.memory_bytes")), list(rows.column("uptime.exchanges"))
    # The first half has the imports, first connections and most of the stacks that are ever seen.
    half = len(memory) // 2
    slope = statistics.linear_regression(exchanges[half:-1], memory[half:-1]).slope
    return Real(under - alone, slope, size / exchanges[-1])


def measure(client: str, per_s: float, hours: float, seconds: float) -> list[Row]:
    """All rows of one client."""
    subject = f"{client}, {per_s:g} a second"
    with serving_upstream() as port, tempfile.TemporaryDirectory() as name:
        url, folder = f"http://127.0.0.1:{port}/", Path(name)
        found = real(url, client, per_s, seconds)
        identity, lane = material(url, client, per_s, folder / "material")
        (folder / "hour").mkdir()
        words = (folder / "material", identity, lane, folder / "hour", hours * _HOUR_S, _MOST_BYTES)
        first, last, one_in, kept, lost, from_ns = map(int, _script(_LIVE, *words).stdout.split())
        path = folder / "recording.clientprof"
        gathered = _script(_GATHER, folder / "hour", path, one_in, kept, lost, from_ns).stdout.split()
        started_s = time.perf_counter()
        told = _script(_REPORT, "report", path, "--quiet", "--out", folder / "report")
        analysed_s = time.perf_counter() - started_s
        size = path.stat().st_size
        (page,) = (folder / "report").glob("*/report.html")
        page_bytes = page.stat().st_size
    requests = int(gathered[0])
    growth = last - first
    return [
        Row(subject, f"memory above none after {hours:g} h", (found.above_none + max(0, growth)) / 1e6, "MB",
            MEMORY_BUDGET_MB, f"{found.above_none / 1e6:.1f} MB in a real run of {seconds:g} s"),
        Row(subject, "memory that a request leaves, in the hour", growth / max(1, requests), "B"),
        Row(subject, "the same in the second half of the real run", found.per_request, "B"),
        Row(subject, f"recording of {requests:,} requests", size / 1e6, "MB", FILE_BUDGET_MB,
            f"one window in {one_in} kept; {found.recorded_per_request:.0f} B a request in the real run"),
        Row(subject, "gathering and writing it", float(gathered[1]), "s", None, f"{int(gathered[2]) / 1e3:,.0f} MB"),
        Row(subject, "analysis and report", analysed_s, "s", ANALYSIS_BUDGET_S,
            f"{int(told.stderr.split()[-1]) / 1e3:,.0f} MB"),
        Row(subject, "report.html", page_bytes / 1e3, "KB", 500.0),
    ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", choices=CLIENTS, action="append", help="may be repeated")
    parser.add_argument("--rate", type=float, default=200.0, help="requests per second")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=120.0, help="of the real run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = [
        row
        for client in options.client or CLIENTS
        for row in measure(client, options.rate, options.hours, options.seconds)
    ]
    return finish(rows, "An hour of clientprof run", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
