"""How soon a report is on the screen, beside an earlier clientprof's page of the same recording, in Chromium.

    python benchmarks/page_paint.py                                 traces httpx at 512 once, then 15 turns, about 3 minutes
    python benchmarks/page_paint.py --before ~/before/bin/python    an environment that has the earlier version already
    python benchmarks/page_paint.py --recording RUN.clientprof --json

``--before`` is the interpreter of an environment with the earlier version; without it this repository's commit 2f803ee is
installed into a temporary one. A turn opens both pages and an empty one in random order, each in a fresh context. Paint is
the first contentful paint as the page's own clock has it. CPU is that of the renderer's main thread from the navigation to
that paint, from Chromium's trace, in turns of their own: other work on the machine delays a paint, and hardly changes its
CPU. Figures are medians over turns. Needs the extra `test` and chromium. Exit code 1 if a ratio is over its budget.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from earlier_version import BEFORE, earlier
from rows import Row, finish

BUDGET = 0.5
_TURNS, _SEED = 15, 1
_SIZE = (1440, 900)
_EMPTY = "<!doctype html><meta charset=utf-8><title>empty</title><p>A page with nothing on it."
_RENDER = "import sys; from clientprof.cli import main; sys.exit(main(sys.argv[1:]))"
_TASK = "ThreadControllerImpl::RunTask"
_CATEGORIES = ["devtools.timeline", "toplevel", "loading", "blink.user_timing"]
_PAINTED_MS = """() => new Promise(done => new PerformanceObserver(list => {
    const [first] = list.getEntriesByName('first-contentful-paint');
    if (first) done(first.startTime);
}).observe({type: 'paint', buffered: true}))"""


def recorded(out: Path) -> Path:
    """A recording of httpx with its baseline, 512 requests at once."""
    command = ["trace", "--client", "httpx", "-n", "512", "--quiet", "--out", str(out)]
    subprocess.run([sys.executable, "-m", "clientprof", *command], check=True, capture_output=True)
    (run,) = out.iterdir()
    return run / "recording.clientprof"


def page_by(python: str, recording: Path, out: Path) -> Path:
    """The page that this interpreter's clientprof makes of it."""
    command = [python, "-c", _RENDER, "report", str(recording), "--quiet", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    (page,) = out.glob("*/report.html")
    return page


def painted_ms(browser: Browser, page: Path) -> float:
    """Milliseconds from the navigation to the first contentful paint."""
    context = browser.new_context(viewport={"width": _SIZE[0], "height": _SIZE[1]})
    opened = context.new_page()
    opened.goto(page.as_uri())
    first: float = opened.evaluate(_PAINTED_MS)
    context.close()
    return first


def cpu_ms(browser: Browser, page: Path) -> float:
    """CPU milliseconds of the renderer's main thread from the navigation to the first contentful paint."""
    context = browser.new_context(viewport={"width": _SIZE[0], "height": _SIZE[1]})
    opened = context.new_page()
    browser.start_tracing(page=opened, categories=_CATEGORIES)
    opened.goto(page.as_uri())
    opened.evaluate(_PAINTED_MS)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    paint = [event for event in events if event["name"] == "firstContentfulPaint"][-1]
    started = [
        event["ts"]
        for event in events
        if event["name"] == "navigationStart" and event["args"]["data"].get("documentLoaderURL") == page.as_uri()
    ][-1]
    thread = (paint["pid"], paint["tid"])
    tasks = [event for event in events if event["name"] == _TASK and (event["pid"], event["tid"]) == thread]
    return sum(float(task.get("tdur", 0)) for task in tasks if started <= task["ts"] <= paint["ts"]) / 1000


def looked_at(pages: dict[str, Path], turns: int) -> dict[str, dict[str, float]]:
    """Of each page, the medians of both measures and its size in kB."""
    order = random.Random(_SEED)
    measures = {"paint_ms": painted_ms, "cpu_ms": cpu_ms}
    taken: dict[str, dict[str, list[float]]] = {arm: {name: [] for name in measures} for arm in pages}
    with sync_playwright() as driver:
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, measure in measures.items():
            for _ in range(turns):
                for arm in order.sample(sorted(pages), len(pages)):
                    taken[arm][name].append(measure(browser, pages[arm]))
        browser.close()
    return {
        arm: {name: statistics.median(values) for name, values in columns.items()}
        | {"kilobytes": pages[arm].stat().st_size / 1000}
        for arm, columns in taken.items()
    }


def measure(python: str | None = None, recording: Path | None = None, turns: int = _TURNS) -> list[Row]:
    """Record once unless there is a recording, render by both, look at both in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = recording or recorded(folder / "first")
        pythons = {"before": earlier(python, folder), "now": sys.executable}
        pages = {arm: page_by(pythons[arm], recording, folder / arm) for arm in pythons}
        pages["empty"] = folder / "empty.html"
        pages["empty"].write_text(_EMPTY, encoding="utf-8")
        seen = looked_at(pages, turns)
    old, new, empty = seen["before"], seen["now"], seen["empty"]

    def row(what: str, key: str, unit: str, budget: float | None) -> Row:
        words = f"{new[key]:.0f} {unit} after {old[key]:.0f} {unit}; empty page {empty[key]:.0f} {unit}"
        return Row("report.html", f"{what}, of {BEFORE}'s", new[key] / old[key], "x", budget, words)

    return [
        row("first contentful paint", "paint_ms", "ms", BUDGET),
        row("CPU until then", "cpu_ms", "ms", BUDGET),
        row("size", "kilobytes", "kB", None),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", metavar="PYTHON", help="interpreter of an environment with the earlier version")
    parser.add_argument("--recording", type=Path, metavar="FILE", help="of a trace; without it one is made")
    parser.add_argument("--turns", type=int, default=_TURNS, help=f"per page and measure (default: {_TURNS})")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = measure(options.before, options.recording, options.turns)
    return finish(rows, "First paint beside an earlier version", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
