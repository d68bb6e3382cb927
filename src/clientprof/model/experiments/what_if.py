"""What a program would gain by remedies: it was repeated with each, and with several at once, beside itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clientprof.model.estimate import Effect, Estimate
from clientprof.model.experiments.suspicions import Suspicion, Undone
from clientprof.model.findings import Notice
from clientprof.model.results import Setting


def together_name(suspects: Sequence[str]) -> str:
    """What a set of suspects is called: one by its own name, several ``a + b``."""
    return " + ".join(suspects)


@dataclass(frozen=True, slots=True)
class Tried:
    """The program with the changes of ``suspects``, one or several.

    ``cpu`` and ``wall`` are effects on CPU and on time per request, against the program as it is; None where no block has
    them. ``gain_us`` is CPU saved per request. ``reason`` says why there is no effect. ``requests`` and ``failed`` are means
    of a run. ``alone_us``, of several, is what each of them gains alone, added up.
    """

    suspects: tuple[str, ...]
    cpu: Effect | None = None
    wall: Effect | None = None
    cost_us: Estimate | None = None
    gain_us: Estimate | None = None
    requests: float = 0.0
    failed: float = 0.0
    reason: str = ""
    alone_us: Estimate | None = None

    @property
    def name(self) -> str:
        """As it was asked for."""
        return together_name(self.suspects)

    @property
    def saved_share(self) -> float | None:
        """Of the CPU per request; negative where it costs more."""
        return None if self.cpu is None else 1 - self.cpu.ratio.value


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Everything that ``run --try`` found.

    ``together`` is the program with all changes at once; where some exclude each other, with as many as can be made, once
    for each choice. ``again`` is the program against itself.
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
    together: tuple[Tried, ...]
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
