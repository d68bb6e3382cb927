"""What looking at a client costs while it waits: CPU under each lens beyond the control's, in % of a core.

    python benchmarks/idle_cost.py                       8 blocks on asyncio, trio and threads, about 6 minutes
    python benchmarks/idle_cost.py --subject trio --blocks 4
    python benchmarks/idle_cost.py --json

One connection, answers after 200 ms, five requests a round, so the client waits for more than 99 % of the time. A block runs
every lens once in random order, each in a fresh process. The figure is the median over blocks of the share of a core under
the lens less that of the block's control; beside it the smallest and the largest, and how many times the control's own share
that is. Exit code 1 if a lens is over its budget.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import track

from clientprof.attribution.notices.observer_notices import BUDGET_OF_CORE
from clientprof.experiments.environment_rows import two_cores
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.run import RoundKind
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess, OriginReady
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import run_worker
from clientprof.workload.settings import WorkerSettings
from rows import Row, finish

LENSES = ("control", "ledger", "sample", "count")
SUBJECTS: dict[str, tuple[str, Loop]] = {
    "asyncio": ("aiohttp", Loop.ASYNCIO),
    "trio": ("httpx", Loop.TRIO),
    "threads": ("requests", Loop.ASYNCIO),
    "uvloop": ("aiohttp", Loop.UVLOOP),
}
DEFAULT = ("asyncio", "trio", "threads")
_REQUESTS = 5
_DELAY_MS = 200.0


def measure(ready: OriginReady, subject: str, lens: str, seed: int) -> float:
    """CPU time per wall time of one worker's warm round."""
    client, loop = SUBJECTS[subject]
    client_core, _ = two_cores()
    scenario = Scenario(concurrency=_REQUESTS, limit=1, delay_ms=_DELAY_MS, loop=loop)
    settings = WorkerSettings(
        client=client, adapter=client, lens=lens, arm=client, block=0, urls=(ready.base_url + path_of(scenario),),
        scenario=scenario, cold=False, opening=1, ca_file=None, expected_status=200,
        expected_bytes=scenario.size_bytes, rounds=1, max_rounds=1, min_cpu_s=0.0, max_seconds=60.0, seed=seed,
        cpu=client_core, interval_us=LENS_RUNS[lens].interval_us or 1000.0, output="",
    )  # fmt: skip
    run = run_worker(settings, lambda event: None, timeout_s=120)
    columns = ("kind", "started_ns", "ended_ns", "cpu_ns")
    rounds = zip(*(run.column(f"round.{name}") for name in columns), strict=True)
    measured = [(ended - started, cpu) for kind, started, ended, cpu in rounds if kind == RoundKind.MEASURED]
    return float(sum(cpu for _, cpu in measured) / sum(wall for wall, _ in measured))


def measure_rows(subjects: Sequence[str] = DEFAULT, blocks: int = 8, seed: int = 1) -> list[Row]:
    """One row per subject and lens; the control's own share of a core beside it."""
    generator = random.Random(seed)
    _, origin_core = two_cores()
    found: dict[str, dict[str, list[float]]] = {subject: {lens: [] for lens in LENSES} for subject in subjects}
    with OriginProcess(Options(cpu=origin_core)) as origin:
        ready = origin.start()
        for _ in track(range(blocks), description="blocks", console=Console(stderr=True)):
            for subject in subjects:
                for lens in generator.sample(LENSES, len(LENSES)):
                    found[subject][lens].append(100 * measure(ready, subject, lens, generator.randrange(1 << 30)))
    rows: list[Row] = []
    for subject, by_lens in found.items():
        client, _ = SUBJECTS[subject]
        control = by_lens["control"]
        for lens in LENSES[1:]:
            added = [under - without for under, without in zip(by_lens[lens], control, strict=True)]
            times = statistics.median(by_lens[lens]) / statistics.median(control)
            spread = f"{min(added):+.3f} to {max(added):+.3f}; {times:.2f}x {statistics.median(control):.3f} %"
            what = f"of a core that {lens} adds while idle"
            rows.append(Row(f"{client}, {subject}", what, statistics.median(added), "%", 100 * BUDGET_OF_CORE, spread))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a lens is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--subject", choices=SUBJECTS, action="append", help="may be repeated")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = measure_rows(options.subject or DEFAULT, options.blocks, options.seed)
    return finish(rows, f"What looking costs an idle client, median of {options.blocks} blocks", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
