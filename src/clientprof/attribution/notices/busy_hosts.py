"""Blocks that a host measured while other programs ran there, told apart from its other blocks and from other hosts'."""

from collections.abc import Iterator, Sequence

import numpy as np

from clientprof.attribution.costs.headline import rounds_of
from clientprof.model.findings import Notice
from clientprof.model.run import RoundKind, Run

# Interruptions by other programs, a second of measured rounds, above which a machine is called busy.
BUSY_PER_S = 100


def interruptions(runs: Sequence[Run]) -> tuple[int, float]:
    """How often the measured rounds of these runs were interrupted by other programs, and how many seconds they took."""
    times, seconds = 0, 0.0
    for run in runs:
        measured = rounds_of(run, RoundKind.MEASURED)
        took_ns = np.asarray(run.column("round.ended_ns")) - np.asarray(run.column("round.started_ns"))
        switches = np.asarray(run.column("round.involuntary"), dtype=np.int64)
        if len(switches) == len(measured):
            times += int(switches[measured].sum())
            seconds += float(took_ns[measured].sum()) / 1e9
    return times, seconds


def busy_blocks(runs: Sequence[Run]) -> Iterator[Notice]:
    """A notice for each host that was busy in some of its blocks; none where no host is named.

    Clients that have threads are left out, as those interrupt each other.
    """
    blocks: dict[str, dict[int, list[Run]]] = {}
    for run in runs:
        threads = run.facts.opaque or run.length("exchange.thread") > 0
        if run.facts.host and run.facts.lens == "control" and not threads:
            blocks.setdefault(run.facts.host, {}).setdefault(run.facts.block, []).append(run)
    for host, of_host in sorted(blocks.items()):
        rates: dict[int, float] = {}
        for block, its in sorted(of_host.items()):
            times, seconds = interruptions(its)
            if seconds and times / seconds > BUSY_PER_S:
                rates[block] = times / seconds
        if rates:
            numbers = ", ".join(str(block + 1) for block in rates)
            which = (
                f"block{'s' if len(rates) > 1 else ''} {numbers}" if len(rates) < len(of_host) else "all of its blocks"
            )
            yield Notice(
                "busy-host",
                f"{host} ran other programs during {which}: they interrupted the clients up to "
                f"{max(rates.values()):,.0f} times a second.",
                "Wall times there are too long, and its blocks scatter more; they count like all others. Look at the ratio "
                "of each host, or measure again without that one.",
            )
