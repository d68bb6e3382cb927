"""A matrix, measured: what ``matrix`` shows and saves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.differences.stopping import Stopping
from clientprof.model.estimate import Effect, Estimate
from clientprof.model.findings import Notice
from clientprof.model.results import Setting


@dataclass(frozen=True, slots=True)
class MeasuredCell:
    """A cell with what it costs: microseconds of CPU per request, and milliseconds of wall per round.

    ``cpu`` and ``wall`` are its effects against the first cell, None in that one and where no block has both.
    ``version`` and ``python`` are what was found where it was measured. ``by_host`` has the ratio of CPU on each machine,
    where there are several.
    """

    cell: MatrixCell
    version: str
    python: str
    cpu_us_per_request: Estimate
    wall_ms_per_round: Estimate
    cpu: Effect | None
    wall: Effect | None
    failed: int
    by_host: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatrixHost:
    """A machine that measured blocks: how it is called in results, what it is, and how many blocks came from it."""

    name: str
    about: str
    blocks: int


@dataclass(frozen=True, slots=True)
class MatrixResult:
    """All cells in the order asked for. ``again`` is the first cell's ratio to itself (A/A), None where no block was made.

    ``hosts`` is empty where this machine measured alone.
    """

    title: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    cells: tuple[MeasuredCell, ...]
    again: Estimate | None
    stopping: Stopping | None
    hosts: tuple[MatrixHost, ...]
    notices: tuple[Notice, ...]
    workload: tuple[Setting, ...]
    environment: tuple[Setting, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def loads(self) -> tuple[str, ...]:
        """The loads, each once."""
        return tuple(dict.fromkeys(each.cell.load for each in self.cells))
