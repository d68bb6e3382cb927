"""The staircase as rows, laid out once for picture, table, terminal and Markdown."""

from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Explanation, Staircase
from clientprof.model.layers import Layer
from clientprof.model.run import FLOOR
from clientprof.report.writing.wording import client_name, named


class Stair(StrEnum):
    """What a row of the staircase is."""

    CLIENT = "client"
    STEP = "step"
    UNEXPLAINED = "unexplained"
    BASELINE = "baseline"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class StairRow:
    """One row; all costs in microseconds of CPU per request.

    A client, baseline or floor reaches from 0 to its cost; a step and the unexplained rest from the level above
    (``top_us``) to their own (``level_us``), and ``gain_us`` is what lies between. ``bounded`` says that the gain is an
    upper bound of what a fix would give, or, of the unexplained rest, a lower bound of it. ``share`` is the gain's part of
    the gap to the baseline, or of the client's cost where there is no baseline.
    """

    kind: Stair
    label: str
    top_us: float
    level_us: float
    cost_us: Estimate | None
    gain_us: Estimate | None = None
    alone_us: Estimate | None = None
    left_out_us: Estimate | None = None
    share: float | None = None
    bounded: bool = False
    layer: Layer | None = None

    @property
    def reach(self) -> tuple[float, float] | None:
        """The ends of the interval around ``level_us``, cheaper end first; None where there is no interval."""
        if self.gain_us is not None:
            if self.gain_us.low is None or self.gain_us.high is None:
                return None
            return self.top_us - self.gain_us.high, self.top_us - self.gain_us.low
        if self.cost_us is None or self.cost_us.low is None or self.cost_us.high is None:
            return None
        return self.cost_us.low, self.cost_us.high


def asked_name(explanation: Explanation) -> str:
    """The client that is explained, with its version."""
    clients = explanation.measured.clients
    return client_name(clients[0]) if clients else "the client"


def baseline_name(explanation: Explanation) -> str:
    """The baseline with its version; empty where there is none."""
    stairs = explanation.staircase
    return named(explanation.measured, stairs.baseline) if stairs is not None and stairs.baseline is not None else ""


def upper_bounds(explanation: Explanation) -> frozenset[str]:
    """The suspects whose gain is an upper bound of what a fix would give."""
    stairs = explanation.staircase
    found = {row.suspicion.id for row in explanation.experiments if row.upper_bound}
    return frozenset(found | {step.suspect for step in (stairs.steps if stairs else ()) if step.upper_bound})


def is_bounded(explanation: Explanation, name: str) -> bool:
    """Whether a gain named by one suspect or by several with commas between them is an upper bound."""
    return not upper_bounds(explanation).isdisjoint(name.split(", "))


def layer_of(explanation: Explanation, suspect: str) -> Layer:
    """The layer that a suspect is about."""
    found = (row.suspicion.layer for row in explanation.experiments if row.suspicion.id == suspect)
    return next(found, Layer.OTHER)


def whole_us(stairs: Staircase) -> float:
    """What the steps are a part of: the gap to the baseline, or the client's cost where there is no baseline."""
    return stairs.start.value - (stairs.baseline_us.value if stairs.baseline_us is not None else 0.0)


def stair_rows(explanation: Explanation) -> list[StairRow]:
    """The rows from the client as it is down to the floor; empty without a staircase."""
    stairs = explanation.staircase
    if stairs is None:
        return []
    start = stairs.start
    rows = [StairRow(Stair.CLIENT, f"{asked_name(explanation)} as it is", 0.0, start.value, start)]
    whole, level, bounded = whole_us(stairs), start.value, False
    for step in stairs.steps:
        cost, gain = step.cpu_us_per_request, step.gain_us
        rows.append(
            StairRow(
                Stair.STEP, step.suspect, level, cost.value, cost, gain, step.alone_us, step.left_out_us,
                gain.value / whole if whole > 0 else None, step.upper_bound, layer_of(explanation, step.suspect),
            )
        )  # fmt: skip
        level, bounded = cost.value, bounded or step.upper_bound
    if stairs.baseline_us is not None:
        rest = stairs.unexplained_us
        if rest is not None:
            share = rest.value / whole if whole > 0 else None
            end = stairs.baseline_us.value
            rows.append(
                StairRow(Stair.UNEXPLAINED, "unexplained", level, end, None, rest, share=share, bounded=bounded)
            )
        base = stairs.baseline_us
        rows.append(StairRow(Stair.BASELINE, baseline_name(explanation) or "baseline", 0.0, base.value, base))
    if stairs.floor_us is not None and stairs.baseline != FLOOR:
        floor = stairs.floor_us
        rows.append(StairRow(Stair.FLOOR, "floor, a raw protocol client", 0.0, floor.value, floor))
    return rows
