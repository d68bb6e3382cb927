"""How long a trace takes until its first answer and its end, beside an earlier clientprof, and how wide its intervals are.

    python benchmarks/trace_before.py                                the earlier one is installed first; about 12 minutes
    python benchmarks/trace_before.py --before ~/before/bin/python   an environment that has the earlier version already

``trace --client httpx -n 512`` by both in turns. The first answer is the first line that says a ratio to the baseline; the
earlier version says one when it is over. Times are of whole processes, as ratios of the same turn, their median. The widths
of the intervals are ln(high/low) of the ratio to the baseline, the median of each version. A ratio of 1.0 or less keeps the
budget. Exit code 1 if one is over.
"""

import argparse
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from earlier_version import BEFORE, earlier, run_beside
from rows import Row

WHOLE, FIRST, ALL = 0.5, 0.2, 1.0
_TURNS, _CONCURRENCY = 3, 512
_ANSWER = re.compile(r"so far \(.*[0-9.]+x")


@dataclass(frozen=True, slots=True)
class Traced:
    """One trace: seconds until its first answer (None: it said nothing before its end) and its end, ln(high/low)."""

    first_s: float | None
    whole_s: float
    width: float


def trace(python: str, out: Path) -> Traced:
    """Trace httpx by that interpreter's clientprof."""
    command = ["trace", "--client", "httpx", "-n", str(_CONCURRENCY), "--out", str(out)]
    began, first = time.perf_counter(), None
    with subprocess.Popen(
        [python, "-m", "clientprof", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if first is None and _ANSWER.search(line):
                first = time.perf_counter() - began
    whole = time.perf_counter() - began
    if running.returncode:
        raise SystemExit(f"{python} -m clientprof {' '.join(command)} ended with {running.returncode}")
    (summary,) = out.glob("*/summary.json")
    ratio = json.loads(summary.read_text("utf-8"))["comparisons"][0]["ratio"]
    return Traced(first, whole, math.log(ratio["high"] / ratio["low"]))


def measure(python: str | None = None, turns: int = _TURNS) -> list[Row]:
    """Both in turns."""
    taken: dict[str, list[Traced]] = {"before": [], "now": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {"before": earlier(python, folder), "now": sys.executable}
        for turn in range(turns):
            for arm in sorted(pythons, reverse=turn % 2 == 1):
                taken[arm].append(trace(pythons[arm], folder / f"{arm}-{turn}"))
    pairs = list(zip(taken["before"], taken["now"], strict=True))
    wholes = [now.whole_s / old.whole_s for old, now in pairs]
    firsts = [(now.whole_s if now.first_s is None else now.first_s) / old.whole_s for old, now in pairs]
    widths = {arm: [each.width for each in found] for arm, found in taken.items()}
    wide, narrow = (statistics.median(widths[arm]) for arm in ("before", "now"))
    subject = f"httpx, n = {_CONCURRENCY}"
    return [
        Row(subject, f"first answer, of {BEFORE}'s whole time", statistics.median(firsts), "x", FIRST, _texts(firsts)),
        Row(
            subject, f"whole trace, of {BEFORE}'s time", statistics.median(wholes), "x", WHOLE,
            f"{_texts(wholes)}; {_texts([now.whole_s for _, now in pairs])} s after "
            f"{_texts([old.whole_s for old, _ in pairs])} s",
        ),
        Row(
            subject, f"width of the ratio's interval, of {BEFORE}'s", narrow / wide, "x", ALL,
            f"{_texts(widths['now'])} after {_texts(widths['before'])}",
        ),
    ]  # fmt: skip


def _texts(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=_TURNS, help=f"traces by each (default: {_TURNS})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    return run_beside(
        "A trace beside an earlier version", __doc__, add_arguments,
        lambda options: measure(options.before, options.turns), arguments,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
