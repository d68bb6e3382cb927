"""Verdicts on five comparisons whose truth is known, and how long each takes, beside an earlier clientprof.

    python benchmarks/verdicts_before.py                               the earlier one is installed first; about 40 minutes
    python benchmarks/verdicts_before.py --before ~/before/bin/python  an environment that has the earlier version already
    python benchmarks/verdicts_before.py --turns 1 --truth 1.05 --max-time 60

The candidate is httpx with a package beside it that makes each request cost so much more: when a request ends it burns a
share of the CPU that its thread has taken since the last one ended, or since the first one began. What the thread does
while no request is under way (it collects garbage between rounds) is no cost of a request, and nothing is burnt for it. The
baseline has the same package with a share of 0. By the burner's own clock it burns 0.301 where 0.3 is asked and 9.00 where 9
is. The ratios are larger than 1.3 and 10, since httpx itself then takes 5 and 25 % more. Why is not known; its pool makes
no more passes. So the truth is that share at least, whatever httpx costs on the machine.

Both versions compare in turns, within the same time at most.
Times are those that the comparisons say they took, environments not counted: until the verdict stood, and, in a second row,
as a whole. The earlier version has its verdict at the end. Where it tells no difference, both may just as well have been
ended by the time allowed, which says nothing of how soon either knew as much: then the first row has the time until this
version's interval was as narrow as the earlier one's at its end. Exit code 1 if a budget is passed, or if this version
gives a verdict that the truth refutes.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earlier_version import BEFORE, earlier, run_beside
from rows import Row

TRUTHS = (1.0, 1.02, 1.05, 1.3, 10.0)
# Until the verdict, and as a whole.
BUDGET, WHOLE_BUDGET = 0.5, 1.0
_CLIENT = "httpx==0.28.1"
_TURNS, _MAX_TIME_S, _CONCURRENCY = 2, 120.0, 64
_BURN = """
import sys
import time
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder

SHARE = {share!r}


def burning(send):
    clock = time.thread_time_ns
    ended = under_way = 0

    async def sent(*arguments, **named):
        nonlocal ended, under_way
        if not under_way:
            ended = clock()
        under_way += 1
        try:
            return await send(*arguments, **named)
        finally:
            now = clock()
            until = now + int((now - ended) * SHARE)
            while clock() < until:
                pass
            ended = clock()
            under_way -= 1

    return sent


class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        spec = PathFinder.find_spec(name, path, target) if name == "httpx._client" else None
        if spec is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                module.AsyncClient.send = burning(module.AsyncClient.send)

            spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""


def package_of(truth: float) -> str:
    """The name of the package that makes requests cost so much."""
    return f"costmore{round(1000 * (truth - 1))}"


def write_package(folder: Path, truth: float) -> None:
    """A wheel whose path file imports the burner when Python starts."""
    name = package_of(truth)
    about = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": _BURN.format(share=truth - 1),
        f"{name}.pth": f"import {name}\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: clientprof\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)


def compare(python: str, truth: float, wheels: Path, out: Path, max_time_s: float) -> dict[str, Any]:
    """The summary of that interpreter's clientprof's comparison."""
    baseline = _CLIENT if truth == 1 else f"{_CLIENT}+{package_of(1.0)}"
    arms = [baseline, f"{_CLIENT}+{package_of(truth)}"]
    command = ["compare", *arms, "-n", str(_CONCURRENCY), "--max-time", f"{max_time_s:g}", "--json", "--quiet"]
    found = f"{os.environ.get('PIP_FIND_LINKS', '')} {wheels}".strip()
    done = subprocess.run(
        [python, "-m", "clientprof", *command, "--out", str(out)],
        capture_output=True,
        text=True,
        env={**os.environ, "PIP_FIND_LINKS": found},
    )
    if done.returncode:
        raise SystemExit(
            f"{python} -m clientprof {' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}"
        )
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def as_narrow_s(summary: dict[str, Any], half_width: float) -> float | None:
    """When the widest interval was so narrow and stayed so, seconds after the start; None: never."""
    since: float | None = None
    for look in summary["stopping"]["looks"]:
        narrow = look["half_width"] is not None and look["half_width"] <= half_width
        since = (look["seconds"] if since is None else since) if narrow else None
    return since


def is_wrong(truth: float, verdict: str) -> bool:
    """Whether the truth refutes it. To see no difference, or to give no verdict, is too little and not wrong."""
    return verdict == "faster" or (verdict == "slower" and truth == 1)


def _told(summary: dict[str, Any]) -> str:
    pair, stopping = summary["comparisons"][0], summary["stopping"]
    ratio = pair["ratio"]
    interval = f"{pair['verdict']} {ratio['value']:.3f} [{ratio['low']:.3f}, {ratio['high']:.3f}]"
    return f"{interval}, {stopping['blocks']} blocks, {_verdict_s(summary):.0f} s"


def _verdict_s(summary: dict[str, Any]) -> float:
    stopping = summary["stopping"]
    return float(stopping.get("verdict_seconds") or stopping["seconds"])


def _rows(truth: float, before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> list[Row]:
    """The comparisons of one truth, in the order of their turns.

    Raises:
        SystemExit: a verdict that the truth refutes.
    """
    spread = "; ".join(f"{arm}: {', '.join(map(_told, each))}" for arm, each in (("before", before), ("now", now)))
    if any(is_wrong(truth, each["comparisons"][0]["verdict"]) for each in now):
        raise SystemExit(f"a wrong verdict where {truth:g}x is true: {spread}")
    what, needed = "time until the verdict", [_verdict_s(each) for each in now]
    if not any(each["comparisons"][0]["verdict"] in ("faster", "slower") for each in before):
        what = "time until an interval as narrow as its own"
        needed = []
        for was, each in zip(before, now, strict=True):
            ratio = was["comparisons"][0]["ratio"]
            half_width = math.log(ratio["high"] / ratio["low"]) / 2
            # One that is never so narrow needs more than all of its time.
            needed.append(as_narrow_s(each, half_width) or _verdict_s(each))
        spread += f"; {', '.join(f'{seconds:.0f}' for seconds in needed)} s"
    had = statistics.median(map(_verdict_s, before))
    whole = statistics.median(each["stopping"]["seconds"] for each in now)
    return [
        Row(f"truth {truth:g}x", f"{what}, of {BEFORE}'s", statistics.median(needed) / had, "x", BUDGET, spread),
        Row(f"truth {truth:g}x", f"time of the whole, of {BEFORE}'s", whole / had, "x", WHOLE_BUDGET, ""),
    ]


def measure(
    python: str | None = None,
    truths: Sequence[float] = TRUTHS,
    turns: int = _TURNS,
    max_time_s: float = _MAX_TIME_S,
) -> list[Row]:
    """Both versions on each truth, in turns."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {"before": earlier(python, folder), "now": sys.executable}
        for truth in {*truths, 1.0}:
            write_package(folder, truth)
        for truth in truths:
            found: dict[str, list[dict[str, Any]]] = {arm: [] for arm in pythons}
            for turn in range(turns):
                for arm in sorted(pythons, reverse=turn % 2 == 1):
                    summary = compare(pythons[arm], truth, folder, folder / f"{arm}-{truth}-{turn}", max_time_s)
                    found[arm].append(summary)
                    print(f"{truth:g}x, {arm}: {_told(summary)}", file=sys.stderr, flush=True)
            rows += _rows(truth, found["before"], found["now"])
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--truth", type=float, action="append", choices=TRUTHS, help="may be repeated (default: all)")
    parser.add_argument("--turns", type=int, default=_TURNS, help=f"comparisons by each (default: {_TURNS})")
    parser.add_argument("--max-time", type=float, default=_MAX_TIME_S, metavar="S", help="for one comparison")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept or a verdict is wrong."""
    return run_beside(
        "Verdicts on known truths beside an earlier version", __doc__, add_arguments,
        lambda options: measure(options.before, options.truth or TRUTHS, options.turns, options.max_time), arguments,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
