"""What ready requests waited for: the ready time of all exchanges, by who held the loop meanwhile."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import states_of
from clientprof.attribution.programs.answer_bounds import answer_bounds
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.samples import CodeLocation
from clientprof.stats.distinct import distinct

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(slots=True)
class OfLoops:
    """What something takes of all loops' time: seconds that it held them, and seconds that they were busy.

    ``blamed_us`` is how long a ready request waited for it, mean of one. ``under`` says how much of it each function of the
    program has, in one unit.
    """

    held_s: float = 0.0
    busy_s: float = 0.0
    blamed_us: float = 0.0
    under: dict[CodeLocation, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def share_of_loop(self) -> float:
        return self.held_s / self.busy_s if self.busy_s else 0.0

    @property
    def place(self) -> tuple[str, int, str]:
        """File, line and name of the program's function under which most of it is; empty where there is none."""
        code = max(self.under, key=lambda each: self.under[each], default=None)
        return ("", 0, "") if code is None else (code.file, code.line, code.function)

    def add_under(self, codes: Sequence[CodeLocation], amount: float) -> None:
        """So much of it shows these frames, outermost first."""
        own = own_function(codes)
        if own is not None:
            self.under[own] += amount

    def add_loops(
        self, facts: ProgramFacts, lanes: Sequence[Lane], add: Callable[[Lane, WindowWeights], float]
    ) -> None:
        """Take in each loop by ``add``, which gives the ready nanoseconds that are blamed on it there."""
        blamed_ns, exchanges = 0.0, 0.0
        for lane in lanes:
            if lane.steps is None:
                continue
            weights = WindowWeights(facts, lane)
            self.busy_s += weights.busy_ns() / 1e9
            exchanges += float(weights.of_exchanges.at(lane.started[lane.detailed]).sum())
            blamed_ns += add(lane, weights)
        self.blamed_us = blamed_ns / 1e3 / exchanges if exchanges else 0.0


def own_function(codes: Sequence[CodeLocation]) -> CodeLocation | None:
    """The program's innermost function of these frames, outermost first."""
    return next((code for code in reversed(codes) if code.origin == "app"), None)


def blame_by_label(lane: Lane, weights: WindowWeights, at: Integers, label: Integers, labels: int) -> Floats:
    """Ready nanoseconds of all detailed exchanges by label, each exchange with what it stands for.

    ``at`` are instants in order of time, ``label`` (0 to ``labels`` - 1) says what held the loop until each. Time in which
    the loop waited is nobody's. The result has shape (``labels``,).
    """
    steps = lane.steps
    ready = ready_intervals(lane)
    if steps is None or ready is None or not len(at):
        return np.zeros(labels)
    start, end = ready
    knots = distinct(np.concatenate([steps.started[[0, -1]], steps.select_start, steps.select_end, at]))
    knots = knots[(knots >= steps.started[0]) & (knots <= steps.started[-1])]
    following = np.minimum(np.searchsorted(at, knots[1:]), len(at) - 1)
    labelled = label[following]
    number = np.searchsorted(steps.select_start, knots[:-1], side="right") - 1
    in_select = (
        (number >= 0) & (knots[:-1] < steps.select_end[np.maximum(number, 0)])
        if len(steps.select_end)
        else np.zeros(len(labelled), dtype=np.bool_)
    )
    labelled[in_select] = labels
    waited = np.diff(overlap(start, end, knots)) * weights.of_exchanges.at(knots[1:])
    found: Floats = np.bincount(labelled, waited, labels + 1)[:labels].astype(np.float64)
    return found


def ready_intervals(lane: Lane) -> tuple[Integers, Integers] | None:
    """From when to when detailed exchanges were ready, all together; they may overlap. None where nothing says."""
    steps, numbers = lane.steps, lane.detailed[~lane.blocking[lane.detailed]]
    if steps is None or not len(numbers):
        return None
    wakes = answer_bounds(lane).here_ns
    ready = states_of(steps.started, ready_since(lane.run, wakes), lane.integers("step.owner")).ready
    return ready.within(numbers, lane.started[numbers], lane.ended[numbers])


def overlap(start: Integers, end: Integers, at: Integers) -> Integers:
    """How much of all intervals together lies before each instant; they may overlap. Nanoseconds, exact."""
    edges = np.concatenate([start, end])
    order = np.argsort(edges, kind="stable")
    edges = edges[order]
    open_after = np.cumsum(np.where(order < len(start), 1, -1))
    until = np.concatenate([[0], np.cumsum(open_after[:-1] * np.diff(edges))]) if len(edges) else edges
    place = np.searchsorted(edges, at, side="right") - 1
    last = np.maximum(place, 0)
    if not len(edges):
        return np.zeros(len(at), dtype=np.int64)
    found: Integers = np.where(place >= 0, until[last] + open_after[last] * (at - edges[last]), 0)
    return found
