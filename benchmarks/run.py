"""All benchmarks in one table: what looking costs under load and idle, function bias, origin, network and budgets;
analysis, traces and verdicts beside an earlier version.

    python benchmarks/run.py                 the whole, about 70 minutes
    python benchmarks/run.py --quick         fewer passes of the other tools, the origin and the earlier version, about 45
    python benchmarks/run.py --write         also writes benchmarks/results/<date>.json and .md, with the environment

Every figure is measured by this run; ratios are of figures taken side by side. Exit code 1 if a budget is not kept.
"""

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

import analysis_before
import analysis_scale
import budgets
import clientprof
import function_bias
import idle_cost
import link_emulator
import observer_effect
import origin_cost
import trace_before
import verdicts_before
from clientprof.experiments.environment_rows import environment_rows
from earlier_version import earlier
from rows import Row, finish

RESULTS = Path(__file__).with_name("results")
_ENVIRONMENT = ("interpreter", "machine", "packages")


def _origin(blocks: int) -> list[Row]:
    notes: list[str] = []
    rows = []
    for row in origin_cost.measure(blocks, seconds=1, rounds=8, seed=1, notes=notes):
        # The budget is a third of what the fastest client takes per request in the same blocks.
        client_us = row.server_us / row.ratio_to_client if row.ratio_to_client else None
        budget = client_us * origin_cost.BUDGET if client_us and row.server.startswith("origin") else None
        spread = f"{row.server_low_us:.1f}-{row.server_high_us:.1f}"
        rows.append(
            Row(row.server, f"CPU per GET of 1 KiB, driven by {row.driver}", row.server_us, "us", budget, spread)
        )
    return rows


def _bias(passes: int) -> list[Row]:
    shares = [function_bias.measure(share, passes) for share in function_bias.SHARES]
    rows = []
    for tool in function_bias.TOOLS:
        errors = [abs(row[tool][1] - row[tool][0]) for row in shares]
        budget = function_bias.BUDGET_POINTS if tool == "clientprof" else None
        spread = "at true shares of 10 to 90 %"
        rows.append(Row(tool, "function bias, largest error", max(errors), "points", budget, spread))
    return rows


def parts(quick: bool, earlier: str) -> dict[str, Callable[[], list[Row]]]:
    """The benchmarks by name, in the order of the table; ``earlier`` is an interpreter with the earlier version."""
    blocks = 8  # fewer say nothing about a budget of 10 % on a shared machine
    return {
        "budgets": budgets.measure,
        "observer effect": lambda: observer_effect.measure_rows(observer_effect.OURS, blocks, 512, 1),
        "idle": lambda: idle_cost.measure_rows(blocks=blocks),
        "other tools": lambda: observer_effect.measure_rows(observer_effect.TOOLS, 1 if quick else 2, 512, 1),
        "function bias": lambda: _bias(4 if quick else 12),
        "origin": lambda: _origin(2 if quick else 5),
        "link emulator": link_emulator.measure,
        "analysis at scale": analysis_scale.measure,
        "analysis before and now": lambda: analysis_before.measure(earlier),
        "trace before and now": lambda: trace_before.measure(earlier, 1 if quick else 3),
        "verdicts before and now": lambda: verdicts_before.measure(earlier, turns=1 if quick else 2),
    }


def write(rows: Sequence[Row]) -> None:
    """The result as a dated file for programs and one for readers."""
    RESULTS.mkdir(exist_ok=True)
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    environment = [row for row in environment_rows() if row.group in _ENVIRONMENT]
    content = {
        "date": day,
        "clientprof": clientprof.__version__,
        "environment": {row.name: row.value for row in environment},
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }
    (RESULTS / f"{day}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    lines = [
        f"# Benchmarks, {day}",
        "",
        "| subject | what | measured | spread | budget | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        budget = "" if row.budget is None else f"{row.budget:g} {row.unit}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(
            f"| {row.subject} | {row.what} | {row.measured:.3g} {row.unit} | {row.spread} | {budget} | {ratio} |"
        )
    lines += ["", "Environment:", "", *(f"* {row.name}: {row.value}" for row in environment), ""]
    (RESULTS / f"{day}.md").write_text("\n".join(lines), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, measure in parts(options.quick, earlier(None, Path(folder))).items():
            Console(stderr=True).print(f"{name} ...")
            rows.extend(measure())
    if options.write:
        write(rows)
    return finish(rows, "clientprof benchmarks: a ratio of 1.0 or less keeps the budget", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
