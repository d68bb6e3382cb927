"""``clientprof selfcheck``: the profiler's errors on this machine, against truths that it does not know."""

import argparse
import datetime
import json
import math
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from clientprof.cli.files.selfcheck_file import SCHEMA
from clientprof.model.estimate import shown_unit

if TYPE_CHECKING:
    from clientprof.proof.checks.result import CheckResult

HELP = """Test clientprof's own accuracy on this machine, in about a minute (--quick: 15
seconds).

Known delays are planted into the real aiohttp and httpx, the server's own log
is compared with the ledger, a known function holds the event loop, and the
sampler is pointed at work whose shares the CPU clock knows. The table shows the
truth, what clientprof reported, the error and the tolerance. Because these runs
are short, the tolerances for planted delays are wider (0.10 and 0.05
microseconds for each microsecond) than in the slow tests in tests/accuracy
(0.05 and 0.02).

Exit codes: 0 all checks pass; 1 one failed, so do not trust the figures, and
report it; 3 none failed, but the machine is too noisy for one of them: its
figure is shown, try again when the machine is idle; 2 wrong usage."""

EXAMPLES = """examples:
  clientprof selfcheck
  clientprof selfcheck --quick
  clientprof selfcheck --json > errors.json
  clientprof trace --client httpx -n 512 --selfcheck errors.json      the errors, in the report
  clientprof selfcheck --only server-waits,loop-held"""

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="fewer checks, within about 15 seconds")
    parser.add_argument(
        "--only", action="join", metavar="A,B", help="these checks instead, such as verdicts (several minutes)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for order and jitter (default: 1)")
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else, on standard output")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from clientprof.cli import CommandError, closest
    from clientprof.cli.console.consoles import error_console, redraws
    from clientprof.proof.checks import CHECKS, QUICK, QUICK_SECONDS, SECONDS, SELFCHECK, run_in_time
    from clientprof.proof.checks.result import overall

    names = QUICK if arguments.quick else SELFCHECK
    if arguments.only:
        names = tuple(arguments.only.split(","))
    for name in names:
        if name not in CHECKS:
            raise CommandError(f"no check {name!r}{closest(name, list(CHECKS))}", code=2)
    seconds = QUICK_SECONDS if arguments.quick else SECONDS
    errors = error_console()
    live = redraws(errors)
    results: list[CheckResult] = []
    began = time.monotonic()
    columns = (TextColumn("{task.description:24}"), BarColumn(bar_width=20), TimeElapsedColumn())
    # No refreshing thread: it would take turns with what is measured in this process.
    with Progress(*columns, console=errors, transient=True, auto_refresh=False, disable=not live) as bar:
        task = bar.add_task("", total=len(names))
        checked = run_in_time(names, seconds, arguments.seed)
        for name in names:
            bar.update(task, description=name, refresh=True)
            if not live:
                print(f"clientprof: checking {name}", file=sys.stderr, flush=True)
            results += next(checked)
            bar.advance(task)
    outcome = overall(results)
    if arguments.json:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        content = {"schema": SCHEMA, "date": today, "seed": arguments.seed, "verdict": outcome}
        rows = [{key: _plain(value) for key, value in asdict(result).items()} for result in results]
        print(json.dumps(content | {"results": rows}, indent=1))
    else:
        _print(results, outcome, time.monotonic() - began)
    return EXIT_CODES[outcome]


def _plain(value: object) -> object:
    """JSON has no NaN; what was not measured is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _figures(result: "CheckResult") -> str:
    """``true 20, reported 20.23, off by 0.2436 +- 1.7, allowed 3 points``."""
    true, reported, error = (
        "-" if math.isnan(figure) else f"{figure:.4g}" for figure in (result.true, result.reported, result.error)
    )
    spread = "" if result.uncertainty is None else f" +- {result.uncertainty:.2g}"
    allowed = f"{result.tolerance:g} {shown_unit(result.unit)}"
    return f"true {true}, reported {reported}, off by {error}{spread}, allowed {allowed}"


def _print(results: "list[CheckResult]", outcome: str, seconds: float) -> None:
    from clientprof.cli.console.consoles import output_console
    from clientprof.report.terminal.layout import print_facts, print_paragraph, safe
    from clientprof.report.terminal.plain import printed_plainly

    console = output_console()
    colours = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}
    facts = []
    for result in results:
        text = safe(result.name, "" if result.verdict == "pass" else colours[result.verdict])
        text.append("\n")
        text.append_text(safe(_figures(result), "dim"))
        facts.append((str(result.verdict), text))

    def show() -> None:
        print_facts(console, facts, style="")
        for result in results:
            if result.verdict != "pass":
                print_paragraph(console, safe(f"{result.name}: {result.reason}"))
        counts = ", ".join(f"{sum(r.verdict == verdict for r in results)} {verdict}" for verdict in colours)
        said = safe(outcome, colours[outcome])
        said.append_text(safe(f": {counts}, in {seconds:.0f} s"))
        print_paragraph(console, said)

    printed_plainly(console, show)
