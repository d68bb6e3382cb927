"""The rule about memory that a program holds more and more of, where its memory was looked at."""

from collections.abc import Iterator, Sequence

import numpy as np

from clientprof.attribution.findings.memory import SMALLEST_GROWTH
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.programs.held import HeldLook
from clientprof.stats.student import quantile_975

# Fewer looks show no law: two of them go to the level and to what is in flight.
_FEWEST = 6
# What grows with the requests goes on as fast in the second half of them; a table fills, and is full.
_GOES_ON = 0.5


def grows(evidence: Evidence) -> Iterator[Finding]:
    """Bytes that stay for every request that has ended, with the functions that hold them; one for each process."""
    for process in evidence.facts.processes:
        slope = growth(process.held)
        if slope is None or slope.low is None or slope.low < SMALLEST_GROWTH:
            continue
        half = [look for look in process.held if look.ended >= process.held[-1].ended / 2]
        if len(half) > 2 and _rate(half) < _GOES_ON * slope.value:
            continue
        last = max((row.ended for row in process.holders), default=0)
        holders = sorted((row for row in process.holders if row.ended == last), key=lambda row: -row.bytes_per_request)
        at = (holders[0].file, holders[0].line, holders[0].function) if holders else ("", 0, "")
        where = f", at {place(*at)}" if holders else ""
        yield finding(
            "memory-grows",
            f"memory grows by {slope.value:,.0f} bytes with every request{where}",
            Layer.APP,
            at,
            f"After {process.held[-1].ended:,} requests {process.held[-1].held_bytes / 1e6:,.1f} MB more are held than "
            "when tracing began, with garbage collected.",
            [
                f"slope over requests {slope.value:,.0f} bytes [{slope.low:,.0f}, {slope.high or slope.value:,.0f}], what "
                f"is in flight taken out, {slope.n} looks",
                *(
                    f"{row.bytes_per_request:,.0f} bytes a request, {row.blocks_per_request:.1f} blocks, by "
                    f"{place(row.file, row.line, row.function)}"
                    for row in holders
                ),
            ],
            "Look for what each request adds there and nothing takes away: a list, a table without a bound, callbacks.",
            "The claim is wrong if the memory does not go on growing over twice the requests.",
        )


def growth(looks: Sequence[HeldLook]) -> Estimate | None:
    """Bytes for each request that has ended, by least squares beside what is held for those in flight.

    95 % interval by Student's t. None for fewer than six looks.
    """
    if len(looks) < _FEWEST:
        return None
    ended, in_flight, held = (
        np.array([getattr(look, name) for look in looks], dtype=np.float64)
        for name in ("ended", "in_flight", "held_bytes")
    )
    columns = [np.ones(len(looks)), ended - ended.mean()]
    if np.ptp(in_flight) > 0:
        columns.append(in_flight)
    design = np.stack(columns, axis=1)
    found = np.linalg.pinv(design.T @ design)
    fitted = found @ design.T @ held
    freedom = len(looks) - len(columns)
    spread = float(((held - design @ fitted) ** 2).sum()) / freedom
    half = quantile_975(freedom) * float(np.sqrt(spread * found[1, 1]))
    slope = float(fitted[1])
    return Estimate(slope, slope - half, slope + half, "bytes", len(looks))


def _rate(looks: Sequence[HeldLook]) -> float:
    """From the first to the last look."""
    first, last = looks[0], looks[-1]
    return (last.held_bytes - first.held_bytes) / (last.ended - first.ended)
