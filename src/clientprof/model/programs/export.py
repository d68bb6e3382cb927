"""What an exporter of a program's recording writes: the result, and each lane as if it were a client."""

from dataclasses import dataclass

from clientprof.model.export import Export
from clientprof.model.programs.results import ProgramResult


@dataclass(frozen=True, slots=True)
class ProgramExport:
    """``lanes.clients`` are the loops and threads that have something to be written, the one with the most requests first.

    Their activities are on one time scale, which begins with the measurement.
    """

    result: ProgramResult
    lanes: Export
