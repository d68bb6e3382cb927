"""What looking costs: CPU per request under each lens, and under other profilers, relative to the control lens.

    python benchmarks/observer_effect.py                     ledger, sample and count, 8 blocks, about 6 minutes
    python benchmarks/observer_effect.py --loop uvloop       the same on uvloop
    python benchmarks/observer_effect.py --tools --blocks 4  other profilers beside them: those that this Python has
    python benchmarks/observer_effect.py --json

A block runs every lens once in random order, each in a fresh process, then the same order backwards. The ratio of a block is
that of the mean CPU per request; the figure is the median over blocks. Exit code 1 if one of ours is over its budget.
"""

import argparse
import importlib.util
import random
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from clientprof.attribution.costs.headline import cpu_us_per_request
from clientprof.experiments.environment_rows import two_cores
from clientprof.model.lenses import LENS_RUNS
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess, OriginReady
from clientprof.stats.intervals import mean_estimate
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import run_worker
from clientprof.workload.settings import WorkerSettings
from rows import Row, finish

# Of the count lens: its counters, and from Python 3.12 on its calls too, in the warm rounds.
BUDGETS = {"ledger": 1.10, "sample": 1.10, "count": 1.30}
CLIENTS = ("httpx", "aiohttp")
OURS = tuple(BUDGETS)
# Those that this Python has.
TOOLS = tuple(
    tool
    for tool, module in {
        "pyinstrument": "pyinstrument", "tachyon": "profiling", "cProfile": "cProfile",
        "yappi-wall": "yappi", "yappi-cpu": "yappi",
    }.items()
    if importlib.util.find_spec(module) is not None
)  # fmt: skip
_WORKER = Path(__file__).with_name("tool_lenses.py")


def measure(ready: OriginReady, client: str, lens: str, scenario: Scenario, seed: int) -> float:
    """CPU per request in microseconds of one worker."""
    client_core, _ = two_cores()
    settings = WorkerSettings(
        client=client, adapter=client, lens=lens, arm=client, block=0, urls=(ready.base_url + path_of(scenario),),
        scenario=scenario, cold=False, opening=min(128, scenario.concurrency), ca_file=None,
        expected_status=200, expected_bytes=scenario.size_bytes, rounds=1, max_rounds=100, min_cpu_s=1.0,
        max_seconds=60.0, seed=seed, cpu=client_core,
        interval_us=LENS_RUNS[lens].interval_us if lens in LENS_RUNS else 1000.0, output="",
    )  # fmt: skip
    run = run_worker(settings, lambda event: None, timeout_s=180, entry=(str(_WORKER),))
    value = cpu_us_per_request(run)
    if value is None:
        raise SystemExit(f"{client} under {lens} measured nothing")
    return value


def run_blocks(lenses: Sequence[str], blocks: int, scenario: Scenario, seed: int) -> dict[str, dict[str, list[float]]]:
    """Per client and lens, one ratio to control per block."""
    generator = random.Random(seed)
    _, origin_core = two_cores()
    ratios: dict[str, dict[str, list[float]]] = {client: {lens: [] for lens in lenses} for client in CLIENTS}
    with OriginProcess(Options(cpu=origin_core)) as origin:
        ready = origin.start()
        for _ in track(range(blocks), description="blocks", console=Console(stderr=True)):
            for client in CLIENTS:
                order = ["control", *lenses]
                generator.shuffle(order)
                values: dict[str, list[float]] = {lens: [] for lens in order}
                for lens in (*order, *reversed(order)):
                    values[lens].append(measure(ready, client, lens, scenario, generator.randrange(1 << 30)))
                base = statistics.fmean(values["control"])
                for lens in lenses:
                    ratios[client][lens].append(statistics.fmean(values[lens]) / base)
    return ratios


def measure_rows(
    lenses: Sequence[str], blocks: int, concurrency: int, seed: int, loop: Loop = Loop.ASYNCIO
) -> list[Row]:
    """One row per client and lens: the median ratio over blocks, with the mean and its interval beside it."""
    rows: list[Row] = []
    on = "" if loop is Loop.ASYNCIO else f" on {loop}"
    for client, by_lens in run_blocks(lenses, blocks, Scenario(concurrency=concurrency, loop=loop), seed).items():
        for lens, values in by_lens.items():
            mean = mean_estimate(values, "ratio")
            spread = f"mean {mean.value:.3f}" + ("" if mean.low is None else f" [{mean.low:.3f}, {mean.high:.3f}]")
            row = Row(
                client + on, f"CPU under {lens} / control", statistics.median(values), "x", BUDGETS.get(lens), spread
            )
            rows.append(row)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a lens of ours is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("-n", type=int, default=512)
    parser.add_argument("--loop", choices=[Loop.ASYNCIO, Loop.UVLOOP], type=Loop, default=Loop.ASYNCIO)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tools", action="store_true", help="measure the other profilers too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    lenses = (*OURS, *TOOLS) if options.tools else OURS
    rows = measure_rows(lenses, options.blocks, options.n, options.seed, options.loop)
    return finish(rows, f"Observer effect, n = {options.n}, median of {options.blocks} blocks", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
