"""Segments with their states, summed to one row per phase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LAYERS
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentTable
from clientprof.model.ledger.accounts import PhaseRow
from clientprof.model.phases import Phase

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PhaseColumns:
    """One row per segment: its phase's place in ``PHASES``, its exchange, and nanoseconds in all, running and waiting; these
    two None where nothing saw them.
    """

    phase: npt.NDArray[np.int64]
    exchange: npt.NDArray[np.int64]
    wall: Numbers
    running: Numbers | None
    waiting: Numbers | None

    @classmethod
    def of(cls, segments: SegmentTable, running: Floats, waiting: Floats) -> "PhaseColumns":
        """From the segments in their order."""
        start, end = np.asarray(segments.start, dtype=np.float64), np.asarray(segments.end, dtype=np.float64)
        phase, exchange = np.asarray(segments.phase, dtype=np.int64), np.asarray(segments.owner, dtype=np.int64)
        return cls(phase, exchange, end - start, running, waiting)


@dataclass(frozen=True, slots=True)
class PhaseTotal:
    """One phase: nanoseconds in all, and in each state where that is known; ``by_request`` are those of each exchange that
    went through it, piece by piece of the run."""

    wall: float
    running: float | None
    ready: float | None
    waiting: float | None
    by_request: tuple[Floats, ...]


Totals = Mapping[int, PhaseTotal]
"""By the phase's place in ``PHASES``, of those that happened."""


def totals_of(columns: PhaseColumns) -> Totals:
    """The segments added up."""
    found: dict[int, PhaseTotal] = {}
    for number in range(len(PHASES)):
        mine = columns.phase == number
        if not mine.any():
            continue
        wall = columns.wall[mine]
        running = None if columns.running is None else columns.running[mine]
        waiting = None if columns.waiting is None else columns.waiting[mine]
        exchange = np.unique(columns.exchange[mine], return_inverse=True)[1]
        found[number] = PhaseTotal(
            wall=float(wall.sum()),
            running=None if running is None else float(running.sum()),
            ready=None if running is None or waiting is None else float((wall - running - waiting).sum()),
            waiting=None if waiting is None else float(waiting.sum()),
            by_request=(np.bincount(exchange, weights=wall.astype(float)).astype(np.float64),),
        )
    return found


def together(parts: Sequence[Totals]) -> Totals:
    """The totals of pieces of a run, whose exchanges are different ones. Whole nanoseconds add up exactly."""
    if len(parts) == 1:
        return parts[0]
    found: dict[int, PhaseTotal] = {}
    for number in range(len(PHASES)):
        mine = [part[number] for part in parts if number in part]
        if mine:
            found[number] = PhaseTotal(
                wall=sum(each.wall for each in mine),
                running=_sum([each.running for each in mine]),
                ready=_sum([each.ready for each in mine]),
                waiting=_sum([each.waiting for each in mine]),
                by_request=tuple(part for each in mine for part in each.by_request),
            )
    return found


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def phase_rows(
    totals: Totals, requests: int, blame_ns: Numbers | None = None, cascade_ns: Mapping[str, float] | None = None
) -> tuple[PhaseRow, ...]:
    """The rows of the phases that happened. ``blame_ns`` has shape (layers, phases); the cascade is the pool's."""
    rows: list[PhaseRow] = []
    scale = 1e3 * requests
    for number, total in totals.items():
        phase = PHASES[number]
        by_request = np.concatenate(total.by_request)
        median, tail = np.percentile(by_request, [50, 99], overwrite_input=True).tolist()
        blame = () if blame_ns is None else zip(LAYERS, blame_ns[:, number], strict=True)
        rows.append(
            PhaseRow(
                phase=phase,
                wall_us=total.wall / scale,
                cpu_us=None if total.running is None else total.running / scale,
                ready_us=None if total.ready is None else total.ready / scale,
                wait_us=None if total.waiting is None else total.waiting / scale,
                blame={layer: float(us) / scale for layer, us in blame if us > 0},
                requests=len(by_request),
                p50_us=median / 1e3,
                p99_us=tail / 1e3,
                cascade={cause: ns / scale for cause, ns in (cascade_ns or {}).items()} if phase is Phase.POOL else {},
            )
        )
    return tuple(rows)
