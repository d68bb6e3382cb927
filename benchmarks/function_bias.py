"""Function bias: the share of work done in many tiny calls, by our sampler and by other profilers, beside the truth.

    python benchmarks/function_bias.py            five shares, about a minute
    python benchmarks/function_bias.py --json

The truth is the thread's CPU clock without any profiler, read in turn with every tool's pass over the same functions in the
same process. Exit code 1 if our error is over 3 points anywhere.
"""

import argparse
import cProfile
import importlib.util
import itertools
import json
import pstats
import statistics
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import track
from rich.table import Table

from clientprof.proof.sampled_work import sample
from clientprof.proof.two_shapes import IN_CALLS, Mixture, inlined, mixture, of_tiny_calls
from clientprof.workload.lenses.tachyon import Sampler

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
BUDGET_POINTS = 3.0
_TURNS = 20
_TURN_NS = 2_000_000
_SEEDS = itertools.count(1)
_FLAT = inlined.__name__
_CALLING = of_tiny_calls.__name__


def ours(mix: Mixture) -> float:
    """clientprof's sampler."""
    # Another seed each time: the same jitter on the same work would be the same error again.
    return sample(lambda: mix.run(_TURNS), 500.0, seed=next(_SEEDS)).share_in(IN_CALLS)


def by_pyinstrument(mix: Mixture) -> float:
    """pyinstrument at its default of 1 ms."""
    import pyinstrument

    profiler = pyinstrument.Profiler(async_mode="disabled")
    profiler.start()
    mix.run(_TURNS)
    session = profiler.stop()
    spent = {_FLAT: 0.0, _CALLING: 0.0}
    for stack, weight in session.frame_records:
        for name in spent:
            if any(str(frame).startswith(f"{name}\x00") for frame in stack):
                spent[name] += weight
    return spent[_CALLING] / (sum(spent.values()) or 1.0)


def _by_yappi(mix: Mixture, clock: str) -> float:
    import yappi

    yappi.set_clock_type(clock)
    yappi.start(builtins=False, profile_threads=False)
    mix.run(_TURNS)
    yappi.stop()
    spent = {stat.name: float(stat.ttot) for stat in yappi.get_func_stats() if stat.name in (_FLAT, _CALLING)}
    yappi.clear_stats()
    return spent[_CALLING] / sum(spent.values())


def by_yappi_wall(mix: Mixture) -> float:
    """yappi on its wall clock."""
    return _by_yappi(mix, "wall")


def by_yappi_cpu(mix: Mixture) -> float:
    """yappi on its CPU clock."""
    return _by_yappi(mix, "cpu")


def by_cprofile(mix: Mixture) -> float:
    """The standard library's tracing profiler."""
    profile = cProfile.Profile()
    profile.enable()
    mix.run(_TURNS)
    profile.disable()
    rows = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = {name: row[3] for (_, _, name), row in rows.items() if name in (_FLAT, _CALLING)}
    return float(spent[_CALLING] / sum(spent.values()))


def by_tachyon(mix: Mixture) -> float:
    """The standard library's sampler at its default of 1 ms, from a process of its own; only on a CPU, as in our lens."""
    sampler = Sampler(1000.0)
    sampler.attach()
    sampler.begin()
    mix.run(_TURNS)
    sampler.end()
    spent = {_FLAT: 0, _CALLING: 0}
    for samples, frames in sampler.close():
        for name in spent:
            if any(function == name for _, function, _ in frames):
                spent[name] += samples
    return spent[_CALLING] / (sum(spent.values()) or 1)


_ALL: dict[str, tuple[str, Callable[[Mixture], float]]] = {
    "clientprof": ("clientprof", ours),
    "pyinstrument": ("pyinstrument", by_pyinstrument),
    "tachyon": ("profiling", by_tachyon),
    "cProfile": ("cProfile", by_cprofile),
    "yappi wall": ("yappi", by_yappi_wall),
    "yappi cpu": ("yappi", by_yappi_cpu),
}
# Those that this Python has.
TOOLS = {name: report for name, (module, report) in _ALL.items() if importlib.util.find_spec(module) is not None}


def measure(share: float, passes: int) -> dict[str, tuple[float, float]]:
    """Per tool: the true share of its passes and the share it reported, in percent."""
    mix = mixture(share, _TURN_NS)
    truths: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    reports: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for _ in range(passes):
        for tool, report in TOOLS.items():
            flat_ns, calls_ns = mix.true_ns(_TURNS)
            truths[tool].append(100 * calls_ns / (flat_ns + calls_ns))
            reports[tool].append(100 * report(mix))
    return {tool: (statistics.fmean(truths[tool]), statistics.fmean(reports[tool])) for tool in TOOLS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if our own error is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    steps = track(SHARES, description="shares", console=Console(stderr=True), auto_refresh=False)
    rows = [measure(share, options.passes) for share in steps]
    worst = {tool: max(abs(row[tool][1] - row[tool][0]) for row in rows) for tool in TOOLS}
    if options.json:
        content = [{tool: {"true": true, "reported": said} for tool, (true, said) in row.items()} for row in rows]
        print(json.dumps({"unit": "percent", "rows": content, "largest_error_points": worst}, indent=1))
    else:
        table = Table(title="Share of work done in tiny calls, percent: reported (error in points)")
        table.add_column("true", justify="right")
        for tool in TOOLS:
            table.add_column(tool, justify="right")
        for row in rows:
            cells = [f"{said:.1f} ({said - true:+.1f})" for true, said in row.values()]
            table.add_row(f"{row['clientprof'][0]:.1f}", *cells)
        table.add_row("largest error", *(f"{worst[tool]:.1f}" for tool in TOOLS))
        Console().print(table)
    return int(worst["clientprof"] > BUDGET_POINTS)


if __name__ == "__main__":
    sys.exit(main())
