"""One lane of a program's recording: its columns as arrays, and which of its exchanges may be looked at in detail."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clientprof.model.programs.lane import OTHER_LOOP, LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.recording import Recording
from clientprof.model.run import RoundKind, Run, StepOwner

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lane:
    """A run with what it is the lane of. ``place`` is the run's place in the recording, ``opaque_clients`` those of the
    program's clients that do their work outside Python."""

    run: Run
    facts: LaneFacts
    place: int
    opaque_clients: tuple[int, ...] = ()

    def integers(self, name: str) -> Integers:
        """The column, empty where it was not recorded."""
        return np.asarray(self.run.column(name), dtype=np.int64)

    def of_exchanges(self, name: str, absent: int = -1) -> Integers:
        """A column of ``exchange``, filled with ``absent`` where it was not recorded; one value an exchange."""
        column = self.integers(f"exchange.{name}")
        return column if len(column) == self.count else np.full(self.count, absent, dtype=np.int64)

    @cached_property
    def count(self) -> int:
        """Exchanges whose rows were kept."""
        return len(self.run.column("exchange.started_ns"))

    @cached_property
    def instance(self) -> Integers:
        """The number of the client object that made each exchange, -1 where it is not known."""
        return self.of_exchanges("instance")

    @cached_property
    def started(self) -> Integers:
        return self.of_exchanges("started_ns", 0)

    @cached_property
    def ended(self) -> Integers:
        return self.of_exchanges("ended_ns", 0)

    @cached_property
    def blocking(self) -> Booleans:
        """Which exchanges held their loop from start to end."""
        blocked: Booleans = self.of_exchanges("blocking", 0) == 1
        return blocked

    @cached_property
    def opaque(self) -> Booleans:
        """Which exchanges are of clients that do their work outside Python."""
        mine: Booleans = np.isin(self.of_exchanges("client"), self.opaque_clients)
        return mine

    @cached_property
    def windows(self) -> tuple[Integers, Integers, Integers, Integers]:
        """First exchange, count, start and end of each time that was recorded without a gap."""
        measured = self.integers("round.kind") == RoundKind.MEASURED
        first, count, start, end = (
            self.integers(f"round.{name}")[measured] for name in ("first", "count", "started_ns", "ended_ns")
        )
        return first, count, start, end

    @cached_property
    def detailed(self) -> Integers:
        """The numbers of the exchanges that began and ended inside one window, in order."""
        first, count, _, end = self.windows
        found = [
            np.arange(f, f + c)[(self.ended[f : f + c] > 0) & (self.ended[f : f + c] <= until)]
            for f, c, until in zip(first.tolist(), count.tolist(), end.tolist(), strict=True)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    @property
    def sees_connections(self) -> bool:
        """Whether connections that its exchanges open are seen."""
        return self.facts.kind is not LaneKind.GREENLETS and not self.run.facts.loop.startswith(OTHER_LOOP)

    @property
    def is_loop(self) -> bool:
        return self.facts.kind is LaneKind.LOOP

    @cached_property
    def steps(self) -> "Steps | None":
        """The loop's steps; None where nothing stamped them."""
        started = self.integers("step.started_ns")
        return Steps(started, self.integers("step.owner")) if len(started) > 1 else None

    @cached_property
    def step_lengths(self) -> Integers:
        """How long each step lasted in its window: the last of a window is followed by a step of the next one."""
        if self.steps is None:
            return np.zeros(0, dtype=np.int64)
        started, end = self.steps.started, self.windows[3]
        if not len(end):
            return np.diff(started)
        window = np.maximum(self.window_of(started[:-1]), 0)
        lengths: Integers = np.maximum(np.minimum(started[1:], end[window]) - started[:-1], 0)
        return lengths

    def window_of(self, at: Integers) -> Integers:
        """The number of the last window that had begun by each instant, -1 before the first."""
        number: Integers = np.searchsorted(self.windows[2], at, side="right") - 1
        return number

    def inside_windows(self, at: Integers) -> Booleans:
        """Which instants fall in a window."""
        end = self.windows[3]
        if not len(end):
            return np.zeros(len(at), dtype=np.bool_)
        number = self.window_of(at)
        inside: Booleans = (number >= 0) & (at <= end[np.maximum(number, 0)])
        return inside


class Steps:
    """A loop's contiguous steps: ``started`` has a last row that closes, ``owner`` says whose each is."""

    def __init__(self, started: Integers, owner: Integers) -> None:
        self.started = started
        self.owner = owner[:-1]
        # A program's recording is never so old that a select which may block had no owner of its own.
        self.selecting = (self.owner == StepOwner.SELECT) | (self.owner == StepOwner.WAIT)
        selects = np.flatnonzero(self.selecting)
        self.select_start, self.select_end = started[selects], started[selects + 1]
        self.may_block: Booleans = self.owner[selects] == StepOwner.WAIT
        waited = np.concatenate([[0], np.cumsum(self.select_end - self.select_start)]).astype(np.float64)
        # Piecewise linear: flat while the loop works, rising while it is in select.
        knots = np.stack([self.select_start, self.select_end], axis=1).ravel().astype(np.float64)
        self._knots, self._waited = knots, np.stack([waited[:-1], waited[1:]], axis=1).ravel()

    def idle_until(self, at: Integers) -> "npt.NDArray[np.float64]":
        """Nanoseconds that the loop had spent in select by each instant."""
        if not len(self._knots):
            return np.zeros(len(at))
        idle: npt.NDArray[np.float64] = np.interp(at.astype(np.float64), self._knots, self._waited)
        return idle


def lanes_of(recording: Recording) -> tuple[Lane, ...]:
    """All lanes of the recording."""
    program = recording.manifest.program
    opaque = () if program is None else tuple(n for n, client in enumerate(program.clients) if client.opaque)
    return tuple(
        Lane(run, run.facts.program, place, opaque)
        for place, run in enumerate(recording.runs)
        if run.facts.program is not None
    )


def facts_of(recording: Recording) -> ProgramFacts:
    """What the manifest says of the program.

    Raises:
        ValueError: it is the recording of something else.
    """
    if recording.manifest.program is None:
        raise ValueError("not the recording of a program")
    return recording.manifest.program


def pairs(*columns: Integers) -> Iterator[tuple[int, ...]]:
    """The columns' rows as plain integers."""
    return zip(*(column.tolist() for column in columns), strict=True)
