"""What a program would gain by remedies: it was repeated with each, and with all of them, beside itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.estimate import Effect, Estimate
from clientprof.model.experiments.suspicions import Suspicion, Undone
from clientprof.model.findings import Notice
from clientprof.model.results import Setting


@dataclass(frozen=True, slots=True)
class Tried:
    """The program with the changes of ``suspects``, one or all of them.

    ``cpu`` and ``wall`` are effects on CPU and on time per request, against the program as it is; None where no block has
    them. ``gain_us`` is CPU saved per request. ``reason`` says why there is no effect. ``requests`` and ``failed`` are means
    of a run.
    """

    suspects: tuple[str, ...]
    cpu: Effect | None = None
    wall: Effect | None = None
    cost_us: Estimate | None = None
    gain_us: Estimate | None = None
    requests: float = 0.0
    failed: float = 0.0
    reason: str = ""

    @property
    def name(self) -> str:
        return self.suspects[0] if len(self.suspects) == 1 else "all of them"

    @property
    def saved_share(self) -> float | None:
        """Of the CPU per request; negative where it costs more."""
        return None if self.cpu is None else 1 - self.cpu.ratio.value


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Everything that ``run --try`` found. ``together`` is None where there is no arm with all changes.

    ``again`` is the program against itself. ``sum_us`` are the gains alone, added up.
    """

    program: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    blocks: int
    unchanged_us: Estimate | None
    requests: float
    again: Estimate | None
    suspicions: tuple[Suspicion, ...]
    alone: tuple[Tried, ...]
    together: Tried | None
    sum_us: Estimate | None
    undone: tuple[Undone, ...]
    notices: tuple[Notice, ...]
    workload: tuple[Setting, ...]
    environment: tuple[Setting, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"What if: {self.program}"

    def suspicion(self, name: str) -> Suspicion | None:
        """The suspect of that name."""
        return next((each for each in self.suspicions if each.id == name), None)
