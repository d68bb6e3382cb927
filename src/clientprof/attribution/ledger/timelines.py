"""Which requests of the last round the waterfall shows, and each of them as phases, states and blame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.loop_time import LAYERS
from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.model.layers import Layer
from clientprof.model.ledger.timeline import ShownRound, Timeline, TimelineSpan
from clientprof.model.phases import Phase
from clientprof.model.run import RoundKind, Run

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# A picture is some 520 pixels high, so more lines show nothing more; this many are about 75 KB of a report.
LINES_KEPT = 600
_KEPT_ON_PURPOSE = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """The exchanges to show, by number in order of start, and the bounds of their round, nanoseconds."""

    numbers: Integers
    start_ns: int
    end_ns: int
    about: ShownRound

    @classmethod
    def of(cls, run: Run, events: EventTable) -> "Shown":
        """All of the last warm round; of a large one the slowest, some that failed, and others evenly spaced."""
        measured = _integers(run, "round.kind") == RoundKind.MEASURED
        first, count = events.last_round
        numbers = np.arange(first, first + count, dtype=np.int64)
        numbers = numbers[np.argsort(events.started[numbers], kind="stable")]
        start_ns = min([int(_integers(run, "round.started_ns")[measured][-1]), *events.started[numbers[:1]].tolist()])
        end_ns = max(int(_integers(run, "round.ended_ns")[measured][-1]), int(events.ended[numbers].max(initial=0)))
        slowest = failed = numbers[:0]
        if count > LINES_KEPT:
            took = events.ended[numbers] - events.started[numbers]
            slowest = numbers[np.argsort(-took, kind="stable")[:_KEPT_ON_PURPOSE]]
            failed = spaced(numbers[_integers(run, "exchange.error")[numbers] != 0], _KEPT_ON_PURPOSE)
            chosen = np.union1d(slowest, failed)
            others = spaced(numbers[~np.isin(numbers, chosen)], LINES_KEPT - len(chosen))
            numbers = numbers[np.isin(numbers, np.concatenate([chosen, others]))]
        about = ShownRound(int(measured.sum()), (end_ns - start_ns) // 1000, count, len(slowest), len(failed))
        return cls(numbers, start_ns, end_ns, about)


def spaced(numbers: Integers, at_most: int) -> Integers:
    """Evenly spaced ones, the first and the last among them; all of them where there are few."""
    if len(numbers) <= at_most:
        return numbers
    return numbers[np.linspace(0, len(numbers) - 1, at_most).round().astype(np.int64)]


@dataclass(frozen=True, slots=True)
class ShownSegments:
    """The segments of the shown exchanges as columns, nanoseconds, in order of exchange and time.

    ``running`` and ``ready`` are None where nothing saw the loop's steps; ``blame`` has shape (layers, segments), or no
    segments where nobody can be blamed.
    """

    owner: Integers
    phase: Integers
    start: Integers
    end: Integers
    running: Floats | Integers | None
    ready: Floats | Integers | None
    blame: Floats

    def timelines(self, run: Run, shown: Shown, connections: Mapping[int, int | None]) -> tuple[Timeline, ...]:
        """One line per exchange that has any segment, in order of start."""
        names, errors = run.facts.error_types, run.column("exchange.error")
        lines: list[Timeline] = []
        for number in shown.numbers.tolist():
            low, high = np.searchsorted(self.owner, [number, number + 1]).tolist()
            if low == high:
                continue
            line = Timeline(
                exchange=number,
                connection=connections.get(number),
                spans=self._spans(low, high, shown.start_ns),
                blame=_whole_us(self.blame[:, low:high].sum(axis=1)) if self.blame.shape[1] else {},
                error=names[errors[number] - 1] if errors[number] else None,
            )
            line.self_check()
            lines.append(line)
        return tuple(lines)

    def _spans(self, low: int, high: int, origin_ns: int) -> tuple[TimelineSpan, ...]:
        spans: list[TimelineSpan] = []
        at = low
        while at < high:
            until = at + 1
            while until < high and self.phase[until] == self.phase[at]:
                until += 1
            spans.append(self._span(at, until, origin_ns))
            at = until
        return tuple(spans)

    def _span(self, low: int, high: int, origin_ns: int) -> TimelineSpan:
        """Neighbours of one phase as one span. Its states are cut like its ends, so that none gets below 0."""
        start, end = int(self.start[low]) - origin_ns, int(self.end[high - 1]) - origin_ns
        phase: Phase = PHASES[self.phase[low]]
        if self.running is None or self.ready is None:
            return TimelineSpan(phase, start // 1000, end // 1000)
        ran_until = start + int(self.running[low:high].sum())
        ready_until = min(end, ran_until + int(self.ready[low:high].sum()))
        edges = [edge // 1000 for edge in (start, ran_until, ready_until, end)]
        return TimelineSpan(phase, edges[0], edges[3], edges[1] - edges[0], edges[2] - edges[1])


def _whole_us(blame: Sequence[float] | Floats) -> dict[Layer, int]:
    """Nanoseconds per layer as whole microseconds; rounded as running sums, so that the total stays."""
    edges = np.concatenate([[0.0], np.cumsum(blame)]) // 1000
    return {layer: int(us) for layer, us in zip(LAYERS, np.diff(edges), strict=True) if us > 0}


def _integers(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)
