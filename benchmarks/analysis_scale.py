"""What the analysis of a million requests takes: wall time and peak memory of `clientprof report` on a real recording.

python benchmarks/analysis_scale.py       measures aiohttp for about five minutes, then analyses it
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rows import Row, finish

CONCURRENCY = 512
ROUNDS = 1954  # 1,000,448 requests
TIME_BUDGET_S = 15.0
MEMORY_BUDGET_MB = 1000.0


def measure() -> list[Row]:
    """Record once, then analyse in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        command = ["trace", "--client", "aiohttp", "--against", "none", "--lens", "ledger,sample", "--quiet"]
        command += ["-n", str(CONCURRENCY), "--rounds", str(ROUNDS), "--timeout", "600", "--out", str(out / "first")]
        subprocess.run([sys.executable, "-m", "clientprof", *command], check=True, capture_output=True)
        (run,) = (out / "first").iterdir()
        summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
        requests = summary["clients"][0]["ledger"]["requests"]
        started = time.perf_counter()
        script = (
            "import resource, sys; from clientprof.cli import main; code = main(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
        )
        again = ["report", str(run / "recording.clientprof"), "--quiet", "--out", str(out / "again")]
        done = subprocess.run([sys.executable, "-c", script, *again], check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        # Linux counts kibibytes, macOS bytes.
        peak_bytes = int(done.stderr.split()[-1]) * (1 if sys.platform == "darwin" else 1024)
        subject = f"{requests:,} requests"
        return [
            Row(subject, "analysis and report", seconds, "s", TIME_BUDGET_S),
            Row(subject, "peak memory", peak_bytes / 1e6, "MB", MEMORY_BUDGET_MB),
            Row(subject, "recording", (run / "recording.clientprof").stat().st_size / 1e6, "MB"),
            Row(subject, "report.html", (run / "report.html").stat().st_size / 1e3, "KB", 500.0),
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    return finish(measure(), "Analysis at scale", as_json=parser.parse_args(arguments).json)


if __name__ == "__main__":
    sys.exit(main())
