"""What the analysis of one recording takes, as ratios to an earlier clientprof: time and peak memory of `clientprof report`.

    python benchmarks/analysis_before.py --before ~/before/bin/python     aiohttp for a minute, then both, three times each

``--before`` is the interpreter of an environment with the earlier version; without it this repository's commit 2f803ee is
installed into a temporary one (a minute). Both read the same file, in turns, each in a process of its own. What both tell of
a short recording made by the earlier one must be the same; the long one is made by this version, which newer kinds of steps
are in that the earlier one takes for callbacks. A ratio of 1.0 or less keeps the budget. Exit code 1 if one is over.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from earlier_version import BEFORE, earlier, run_beside
from rows import Row

CONCURRENCY = 512
# 173,568 requests, as many as the figures of that commit are of.
ROUNDS = 339
SHORT_ROUNDS = 20
TIMES_FASTER, TIMES_SMALLER = 5.0, 3.5
_PASSES = 3
_SCRIPT = (
    "import resource, sys; from clientprof.cli import main; code = main(sys.argv[1:]); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
)


def record(python: str, out: Path, rounds: int = ROUNDS) -> Path:
    """That interpreter's clientprof's recording of that many rounds of aiohttp, by the ledger and the sampler."""
    command = ["trace", "--client", "aiohttp", "--against", "none", "--lens", "ledger,sample", "--quiet"]
    command += ["-n", str(CONCURRENCY), "--rounds", str(rounds), "--out", str(out)]
    subprocess.run([python, "-m", "clientprof", *command], check=True, capture_output=True)
    (run,) = out.iterdir()
    return run / "recording.clientprof"


def analyse(python: str, recording: Path, out: Path) -> tuple[float, float, dict[str, object]]:
    """Seconds, peak megabytes and the ledger of the summary that it wrote."""
    command = [python, "-c", _SCRIPT, "report", str(recording), "--quiet", "--out", str(out)]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    # Linux counts kibibytes, macOS bytes.
    peak_bytes = int(done.stderr.split()[-1]) * (1 if sys.platform == "darwin" else 1024)
    summary = json.loads(max(out.glob("*/summary.json"), key=lambda path: path.stat().st_mtime_ns).read_text("utf-8"))
    return seconds, peak_bytes / 1e6, summary["clients"][0]["ledger"]


def measure(python: str | None = None, rounds: int = ROUNDS) -> list[Row]:
    """Record once, then analyse by both in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {"before": earlier(python, folder), "now": sys.executable}
        old = record(pythons["before"], folder / "old", SHORT_ROUNDS)
        _, _, told = analyse(pythons["before"], old, folder / "told")
        _, _, tells = analyse(pythons["now"], old, folder / "tells")
        if any(told[key] != tells[key] for key in told.keys() & tells.keys()):
            raise SystemExit("the two versions tell different things of the same recording")
        recording = record(pythons["now"], folder / "long", rounds)
        taken: dict[str, list[tuple[float, float]]] = {arm: [] for arm in pythons}
        for turn in range(_PASSES):
            for arm in sorted(pythons, reverse=turn % 2 == 1):
                seconds, megabytes, ledger = analyse(pythons[arm], recording, folder / arm)
                taken[arm].append((seconds, megabytes))
        subject = f"{ledger['requests']:,} requests"
    (old_s, old_mb), (new_s, new_mb) = (
        [statistics.median(column) for column in zip(*taken[arm], strict=True)] for arm in ("before", "now")
    )
    times, sizes = f"{new_s:.1f} s after {old_s:.1f} s", f"{new_mb:.0f} MB after {old_mb:.0f} MB"
    return [
        Row(subject, f"analysis and report, of {BEFORE}'s time", new_s / old_s, "x", 1 / TIMES_FASTER, times),
        Row(subject, f"peak memory, of {BEFORE}'s", new_mb / old_mb, "x", 1 / TIMES_SMALLER, sizes),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of {CONCURRENCY} requests (default: {ROUNDS})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    return run_beside(
        "Analysis beside an earlier version", __doc__, add_arguments,
        lambda options: measure(options.before, options.rounds), arguments,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
