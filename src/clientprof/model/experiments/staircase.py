"""From suspicion to proof: experiments that removed one suspected cause at a time, and the staircase they make.

A gain is what a change saves, in microseconds of CPU per request; a negative one is a loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.suspicions import Behaviour, Suspicion, Undone
from clientprof.model.results import TraceResult


class Outcome(StrEnum):
    """What an experiment showed."""

    CONFIRMED = "confirmed"
    NO_GAIN = "no gain shown"
    LOSS = "made it slower"
    NOT_APPLIED = "could not be applied"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One suspect, tried alone: prediction beside measurement.

    ``gain_us`` is None where it was not measured. ``slope`` is that of a slow-down: microseconds of CPU per request for each
    microsecond added per call. ``upper_bound`` says that behaviour differs, so that a fix gains at most as much.
    ``instead_of`` is the suspect whose remedy turns the same setting elsewhere and saves more, None where there is none.
    """

    suspicion: Suspicion
    outcome: Outcome
    gain_us: Estimate | None
    share: float | None
    slope: Estimate | None
    upper_bound: bool
    reason: str
    behaviour: Behaviour | None = None
    instead_of: str | None = None

    @property
    def error_us(self) -> float | None:
        """Predicted less measured, None where either is missing."""
        if self.gain_us is None or self.suspicion.predicted_us is None:
            return None
        return self.suspicion.predicted_us - self.gain_us.value


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the staircase: one more suspect taken away. ``gain_us`` is against the step before.

    ``left_out_us`` is what its removal from the full set costs, None where that was not measured.
    """

    suspect: str
    cpu_us_per_request: Estimate
    gain_us: Estimate
    alone_us: Estimate | None
    left_out_us: Estimate | None
    upper_bound: bool


@dataclass(frozen=True, slots=True)
class Staircase:
    """From the client as it is, step by step, to the baseline and the floor; all CPU per request.

    ``explained_share`` is the steps' part of the gap to ``baseline``, ``unexplained_us`` the rest. Both None without a
    baseline.
    """

    start: Estimate
    steps: tuple[Step, ...]
    baseline: str | None
    baseline_us: Estimate | None
    floor_us: Estimate | None
    explained_share: Estimate | None
    unexplained_us: Estimate | None


@dataclass(frozen=True, slots=True)
class Interaction:
    """Suspects whose gains do not add up. ``together_us`` is what they gain together; ``sum_us`` is what they would if the
    last one gained, beside the others, what it gains alone.
    """

    suspects: tuple[str, ...]
    sum_us: Estimate
    together_us: Estimate
    text: str


@dataclass(frozen=True, slots=True)
class Regime:
    """The leading experiments under another load: gain by suspect, share of that load's cost."""

    label: str
    cpu_us_per_request: Estimate
    gains_us: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that ``explain`` found. ``measured`` holds the clients, environment, workload, notices and files."""

    measured: TraceResult
    staircase: Staircase | None
    experiments: tuple[Experiment, ...]
    interactions: tuple[Interaction, ...]
    undone: tuple[Undone, ...]
    regimes: tuple[Regime, ...] = ()
