"""The budgets of a trace as ratios of one run: time to report, sizes of its files, start-up, and what the analysis takes.

    python benchmarks/budgets.py           traces httpx at 512 once, about a minute
    python benchmarks/budgets.py --json

Times are whole processes on this machine; a ratio of 1.0 or less keeps the budget. Exit code 1 if one is over.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rows import Row, finish

_STARTS = 9


def seconds(*command: str) -> float:
    """Wall time of a clientprof command that must succeed."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "clientprof", *command], check=True, capture_output=True)
    return time.perf_counter() - started


def measure() -> list[Row]:
    """Trace once and measure what it made."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        traced = seconds("trace", "--client", "httpx", "-n", "512", "--quiet", "--out", str(out / "first"))
        (run,) = (out / "first").iterdir()
        rendered = seconds("report", str(run / "recording.clientprof"), "--quiet", "--out", str(out / "again"))
        helped = sorted(seconds("--help") for _ in range(_STARTS))[_STARTS // 2]
        subject = "httpx, n = 512"
        return [
            Row(subject, "trace with its baseline, start to report", traced, "s", 60.0),
            Row(subject, "analysis and report again", rendered, "s", 30.0),
            Row(subject, "report.html", (run / "report.html").stat().st_size / 1000, "KB", 500.0),
            Row("command line", "--help, median", helped, "s", 0.25),
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    return finish(
        measure(), "Budgets of a trace: a ratio of 1.0 or less keeps it", as_json=parser.parse_args(arguments).json
    )


if __name__ == "__main__":
    sys.exit(main())
