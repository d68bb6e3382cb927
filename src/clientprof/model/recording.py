"""What a command leaves behind: the recording that gathers the runs of its worker processes, and what it says of itself.

A worker knows runs only (``run.py``): what describes programs, experiments and differences is not loaded in its process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.differences.changed_code import ArmCode
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.differences.stopping import Stopping
from clientprof.model.experiments.suspicions import Experiments
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.run import Run


class RecordingKind(StrEnum):
    """What was measured, and so how the recording is analysed and shown."""

    TRACE = "trace"
    COMPARISON = "comparison"
    SWEEP = "sweep"
    EXPLANATION = "explanation"
    PROGRAM = "program"
    WHAT_IF = "what-if"
    MATRIX = "matrix"


HOSTS = "hosts"
"""The group of a recording's environment that says what each machine is, where several measured."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a recording says of itself. ``environment`` and ``workload`` are (group, name, value) for the reader.

    ``scenario`` is the named scenario that it was measured by and is shown by, None for a trace. ``stopping`` says why
    the blocks of a comparison ended; ``forced`` that its user wanted a verdict on arms that differ in more than the
    client; ``conditions`` what its user wants it to fail on. ``experiments`` says what the arms of an explanation had
    changed, ``program`` what a program was and did, ``programs`` the same of each client whose program a scenario measured.
    ``sources`` are the packages that were measured before their release.
    ``code`` is what differs in the code of a comparison's arms; ``cells`` are those of a matrix, the first its baseline.
    ``clock_offset_ns`` added to a stamp of the recording is the time since 1970, as the machine's clock had it when the
    recording was written; None in older files.
    """

    schema: str
    created: str
    command: tuple[str, ...]
    seed: int
    complete: bool
    tool_version: str
    baseline: str | None
    clients: tuple[str, ...]
    environment: tuple[tuple[str, str, str], ...]
    workload: tuple[tuple[str, str, str], ...]
    notices: tuple[tuple[str, str, str], ...] = ()
    scenario: str | None = None
    kind: RecordingKind = RecordingKind.TRACE
    stopping: Stopping | None = None
    forced: bool = False
    conditions: tuple[str, ...] = ()
    experiments: Experiments | None = None
    program: ProgramFacts | None = None
    programs: Mapping[str, ProgramFacts] = field(default_factory=dict)
    sources: tuple[MeasuredSource, ...] = ()
    code: tuple[ArmCode, ...] = ()
    clock_offset_ns: int | None = None
    cells: tuple[MatrixCell, ...] = ()

    @property
    def hosts(self) -> dict[str, str]:
        """The hosts that measured it, by name with a line on each; empty where it was this machine alone."""
        return {name: about for group, name, about in self.environment if group == HOSTS}


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything measured by one command. ``file`` is the path of a file that holds just this, None where there is none."""

    manifest: Manifest
    runs: tuple[Run, ...]
    file: str | None = field(default=None, compare=False)

    def of(self, client: str, lens: str) -> tuple[Run, ...]:
        """The runs of one client and lens, the A/A arm left out."""
        return tuple(run for run in self.runs if run.facts.lens == lens and run.facts.arm == client)
