"""The budgets of a trace as ratios of one run: time to report, sizes of its files, start-up, and what the analysis takes.

    python benchmarks/budgets.py           traces httpx at 512 once, about a minute
    python benchmarks/budgets.py --json

Times are whole processes on this machine; a ratio of 1.0 or less keeps the budget. Exit code 1 if one is over.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_STARTS = 9


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget: what was measured against what is allowed, in the same unit."""

    what: str
    measured: float
    allowed: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.measured / self.allowed


def seconds(*command: str) -> float:
    """Wall time of a clientprof command that must succeed."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "clientprof", *command], check=True, capture_output=True)
    return time.perf_counter() - started


def measure() -> list[Budget]:
    """Trace once and measure what it made."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        traced = seconds("trace", "--client", "httpx", "-n", "512", "--quiet", "--out", str(out / "first"))
        (run,) = (out / "first").iterdir()
        rendered = seconds("report", str(run / "recording.clientprof"), "--quiet", "--out", str(out / "again"))
        helped = sorted(seconds("--help") for _ in range(_STARTS))[_STARTS // 2]
        return [
            Budget("trace --client httpx -n 512, start to report", traced, 60, "s"),
            Budget("clientprof --help, median", helped, 0.25, "s"),
            Budget("analysis and report of that recording", rendered, 30, "s"),
            Budget("report.html", (run / "report.html").stat().st_size / 1000, 500, "KB"),
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    budgets = measure()
    if options.json:
        print(json.dumps([asdict(budget) | {"ratio": budget.ratio} for budget in budgets], indent=1))
    else:
        table = Table(title="Budgets: a ratio of 1.0 or less keeps it")
        for heading in ("what", "measured", "budget", "ratio"):
            table.add_column(heading, justify="left" if heading == "what" else "right")
        for budget in budgets:
            unit = budget.unit
            table.add_row(
                budget.what, f"{budget.measured:.2f} {unit}", f"{budget.allowed:g} {unit}", f"{budget.ratio:.2f}"
            )
        Console().print(table)
    return int(any(budget.ratio > 1 for budget in budgets))


if __name__ == "__main__":
    sys.exit(main())
