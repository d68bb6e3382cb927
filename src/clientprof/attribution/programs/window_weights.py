"""What the windows of detail stand for: the time around them in which nothing but counts was recorded.

Detail comes in windows while a loop is busy, and always before and after. So what was seen is not a fair sample: the first
thousand requests are all in it, a busy hour has one request in many. A gap between two windows is taken to be like the
window before and the one after it, as far from its edges as it is long, and its size is not guessed: the CPU that the
loop's thread spent in it, and the exchanges that began, were counted all the time (``clock.*``). That is a ratio estimate
after stratification by time (Cochran, Sampling Techniques, 1977, 5A.9 and 6.2), with a gap as a stratum. Where nothing was
counted (older recordings), the length of the gap stands for both.

Where an exact figure exists it wins: the time in which blocking clients held a loop is known from the counts of their
calls, so the samples in those calls get a weight of their own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.attribution.programs.lane import Booleans, Integers, Lane
from clientprof.model.programs.recording import ProgramFacts

Floats = npt.NDArray[np.float64]
# The part of a window that stands for a gap is at least so long, or the whole window.
_LEAST_NS = 500_000_000


@dataclass(frozen=True)
class WindowWeights:
    """Weights of one lane's instants, 1 where everything was seen. ``has_gaps`` says whether that is not everywhere."""

    facts: ProgramFacts
    lane: Lane

    @cached_property
    def has_gaps(self) -> bool:
        gap_from, gap_to = self.gaps
        return bool((gap_to > gap_from).any())

    @cached_property
    def of_cpu(self) -> "Stairs":
        """What a nanosecond of the loop's work at an instant stands for."""
        return self._stairs("cpu_ns")

    @cached_property
    def of_exchanges(self) -> "Stairs":
        """What an exchange that began at an instant stands for."""
        return self._stairs("begun")

    @cached_property
    def measured_ns(self) -> int:
        """How long the lane was measured, windows and gaps."""
        gap_from, gap_to = self.gaps
        _, _, start, end = self.lane.windows
        return int((end - start).sum() + np.maximum(0, gap_to - gap_from).sum())

    @cached_property
    def span(self) -> tuple[int, int]:
        """From when to when the lane was measured; twice 0 where it never was."""
        gap_from, gap_to = self.gaps
        return (int(gap_from[0]), int(gap_to[-1])) if len(gap_from) else (0, 0)

    @cached_property
    def ended(self) -> int:
        """How many exchanges of the lane ended, by the exact counts."""
        return int(self.lane.integers("slice.ended").sum())

    @cached_property
    def queued_ns(self) -> int:
        """How long the loop's thread waited for a core; 0 where nobody counted that."""
        queued = self.lane.integers("clock.queued_ns")
        return int(queued[-1] - queued[0]) if len(queued) else 0

    @cached_property
    def blocked_elsewhere(self) -> float:
        """How often the loop's thread certainly stood still in something else than a select; 0 where nobody counted that.

        Each select that may wait is taken for three times, for a signal may wake it twice.
        """
        blocked, steps = self.lane.integers("clock.blocked"), self.lane.steps
        if not len(blocked) or steps is None:
            return 0.0
        waits = float(self.of_cpu.at(steps.select_end[steps.may_block]).sum())
        return max(0.0, float(blocked[-1] - blocked[0]) - 3 * waits)

    @cached_property
    def _computed_ns(self) -> int:
        computed = self.lane.integers("clock.cpu_ns")
        return int(computed[-1] - computed[0]) if len(computed) else 0

    @cached_property
    def computed_share(self) -> float:
        """How much of the time in which the loop was held its thread computed; 1 where nobody counted."""
        at = self.lane.integers("clock.at_ns")
        busy_ns = self.busy_ns(int(at[0]), int(at[-1])) if self._computed_ns > 0 else 0.0
        return min(1.0, self._computed_ns / busy_ns) if busy_ns > 0 else 1.0

    @cached_property
    def still_ns(self) -> float:
        """How long the loop was held and neither computed nor waited for a core: all of it where nobody counted."""
        return max(0.0, self.busy_ns() - self._computed_ns - self.queued_ns)

    @cached_property
    def still_at_most_ns(self) -> float:
        """The same, but of the time in which the thread waited for a core as much as possible lies after its selects.

        Who wakes up waits for a core as well. That is no time in which the loop was held, and no clock tells it apart.
        """
        at = self.lane.integers("clock.at_ns")
        idle_ns = max(0.0, float(at[-1] - at[0]) - self.busy_ns()) if len(at) else 0.0
        return max(0.0, self.busy_ns() - self._computed_ns - max(0.0, self.queued_ns - idle_ns))

    @cached_property
    def queued_per_cpu(self) -> float:
        """The same for each second that it computed."""
        return self.queued_ns / self._computed_ns if self._computed_ns > 0 else 0.0

    @cached_property
    def blocked_ns(self) -> int | None:
        """How long calls of blocking clients held the loop, by the exact counts; None for a lane without a loop."""
        if not self.lane.is_loop:
            return None
        client, wall = self.lane.integers("slice.client"), self.lane.integers("slice.wall_ns")
        blocking = [place for place, each in enumerate(self.facts.clients) if each.blocking]
        return int(wall[np.isin(client, blocking)].sum())

    def in_blocking_call(self, at: Integers) -> Booleans:
        """Which instants lie in a call of a blocking client that held the loop."""
        calls = np.flatnonzero(self.lane.blocking & (self.lane.ended > 0))
        start, end = self.lane.started[calls], self.lane.ended[calls]
        number = np.searchsorted(start, at, side="left") - 1
        if not len(calls):
            return np.zeros(len(at), dtype=np.bool_)
        inside: Booleans = (number >= 0) & (at <= end[np.maximum(number, 0)])
        return inside

    def weigh_held(self, at: Integers, held_ns: Floats) -> Floats:
        """Loop time that ended at these instants, each with what it stands for: the parts in blocking calls add up to the
        exact figure."""
        weighed: Floats = held_ns * self.of_cpu.at(at)
        blocked = self.in_blocking_call(at)
        seen_ns, exact_ns = float(weighed[blocked].sum()), self.blocked_ns
        if seen_ns > 0 and exact_ns is not None:
            weighed[blocked] *= exact_ns / seen_ns
        return weighed

    def busy_ns(self, since_ns: int = 0, until_ns: int = 1 << 62) -> float:
        """How long the loop worked, in all of the measured time or between two instants; 0 where nothing stamped steps."""
        steps = self.lane.steps
        if steps is None:
            return 0.0
        start, end = steps.started[:-1], steps.started[1:]
        working = self.lane.inside_windows(start) & ~steps.selecting
        start, end = start[working], end[working]
        until = self.lane.windows[3][np.maximum(self.lane.window_of(start), 0)] if len(self.lane.windows[3]) else end
        start = np.maximum(start, since_ns)
        length = np.maximum(np.minimum(np.minimum(end, until), until_ns) - start, 0)
        return float(self.weigh_held(start + length, length.astype(np.float64)).sum())

    def sampled_time(self) -> SampledTime | None:
        """CPU and time off it per request, of all of the measured time; None where there are no samples."""
        if not self.has_gaps:
            return sampled_time(self.lane.run)
        return sampled_time(self.lane.run, standing_for=self.of_cpu.at, requests=self.ended)

    @cached_property
    def gaps(self) -> tuple[Integers, Integers]:
        """From and to: before the first window, between each two, after the last; a window has one on each side."""
        _, _, start, end = self.lane.windows
        began, ended = self.facts.started_ns, self.facts.ended_ns
        counted = self.lane.integers("clock.at_ns")
        if not len(start):
            none = np.zeros(0, dtype=np.int64)
            return none, none
        # A loop that began later or ended earlier than the program was not there.
        first, last = int(start[0]), int(end[-1])
        if len(counted):
            first, last = min(first, max(int(counted[0]), began)), max(last, min(int(counted[-1]), ended))
        return np.append(first, end), np.append(start, last)

    def _stairs(self, column: str) -> "Stairs":
        gap_from, gap_to = self.gaps
        _, _, start, end = self.lane.windows
        at, so_far = self.lane.integers("clock.at_ns"), self.lane.integers(f"clock.{column}")
        if len(at) < 2 or so_far[-1] == so_far[0]:
            # Nobody counted: then what counts is time.
            edges = np.concatenate([start, end, gap_from, gap_to])
            at = so_far = np.array([edges.min(), edges.max()] if len(edges) else [0, 0], dtype=np.int64)
        order = np.argsort(at, kind="stable")
        count = _Count(at[order], so_far[order])
        steps: list[tuple[int, int, float]] = []
        for number in np.flatnonzero(gap_to > gap_from).tolist():
            low, high = int(gap_from[number]), int(gap_to[number])
            reach = max(_LEAST_NS, high - low)
            beside = []
            if number > 0:
                beside.append((max(int(start[number - 1]), low - reach), low))
            if number < len(start):
                beside.append((high, min(int(end[number]), high + reach)))
            missing, seen = count.between(low, high), sum(count.between(*each) for each in beside)
            if seen <= 0:
                missing, seen = high - low, sum(until - since for since, until in beside)
            steps += [(since, until, missing / seen) for since, until in beside if seen > 0]
        return Stairs(steps)


class _Count:
    """What had been counted by any instant: between two rows it grows evenly, beyond the last as the length of time does."""

    def __init__(self, at: Integers, so_far: Integers) -> None:
        self._at, self._so_far = at.astype(np.float64), so_far.astype(np.float64)

    def between(self, low: int, high: int) -> float:
        since, until = np.interp([low, high], self._at, self._so_far)
        return float(until - since)


class Stairs:
    """1, and more where windows stand for gaps."""

    def __init__(self, steps: list[tuple[int, int, float]]) -> None:
        """``steps`` are from, to and how much more."""
        edges = np.array([at for since, until, _ in steps for at in (since, until)], dtype=np.int64)
        change = np.array([sign * more for _, _, more in steps for sign in (1, -1)])
        order = np.argsort(edges, kind="stable")
        self._edges, self._more = edges[order], np.cumsum(change[order])

    def at(self, instants: Integers) -> Floats:
        """The weights of what ended at these instants, or lay before them."""
        if not len(self._edges):
            return np.ones(len(instants))
        number = np.searchsorted(self._edges, instants, side="left") - 1
        found: Floats = 1.0 + np.where(number >= 0, np.maximum(0.0, self._more[np.maximum(number, 0)]), 0.0)
        return found
