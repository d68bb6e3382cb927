"""What is suspected to make a client slow, how it is taken away, and what a recording keeps of the experiments it holds.

Gains are what a change saves, in microseconds of CPU per request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.knobs import Turn
from clientprof.model.layers import Layer


class Kind(StrEnum):
    """How a suspected cause is taken away, or, where nothing can be taken away, made dearer."""

    ENVIRONMENT = "environment"
    SETTING = "setting"
    SWAP = "swap"
    PATCH = "patch"
    SLOW_DOWN = "slow-down"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A suspect as it was raised, before anything was changed.

    ``predicted_us`` is the gain that the profile predicts, None where it can predict none. ``gives_up`` says what the change
    takes away from the client's meaning, ``mistaken`` how the hypothesis could be wrong. ``remedy`` and ``code`` are for the
    reader who wants the gain today, ``pointer`` for maintainers; empty where there is nothing to say. ``threads`` are
    ``owner/repo#1``. ``calls_per_request`` is how often what a slow-down makes dearer is called, None where not counted.
    ``turns`` are the settings that the remedy turns.
    """

    id: str
    kind: Kind
    layer: Layer
    hypothesis: str
    evidence: str
    predicted_us: float | None
    gives_up: str = ""
    mistaken: str = ""
    remedy: str = ""
    code: str = ""
    pointer: str = ""
    threads: tuple[str, ...] = ()
    calls_per_request: float | None = None
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Whether a changed client still does what the unchanged one does: the checks it was put to, and what differs."""

    checks: tuple[str, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """An arm of the experiments: the client with these suspects taken away. ``dose_us`` is what a slow-down adds a call."""

    arm: str
    suspects: tuple[str, ...]
    dose_us: float = 0.0


@dataclass(frozen=True, slots=True)
class Undone:
    """A suspect that was not tried, and why."""

    suspect: str
    reason: str


@dataclass(frozen=True, slots=True)
class OtherLoad:
    """The blocks in which the leading trials met another load; ``label`` is the scenario's."""

    label: str
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Experiments:
    """What a recording says of the experiments it holds, beside the runs themselves.

    ``chosen`` are the suspects of the staircase, in order. ``behaviour`` is by suspect; ``failures`` are one line for each
    that could not be applied or failed its requests. ``other_loads`` are blocks that say nothing of the load explained.
    """

    client: str
    suspicions: tuple[Suspicion, ...] = ()
    trials: tuple[Trial, ...] = ()
    chosen: tuple[str, ...] = ()
    undone: tuple[Undone, ...] = ()
    behaviour: Mapping[str, Behaviour] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    other_loads: tuple[OtherLoad, ...] = ()

    @property
    def blocks_elsewhere(self) -> frozenset[int]:
        """The blocks under other loads."""
        return frozenset(block for load in self.other_loads for block in load.blocks)
