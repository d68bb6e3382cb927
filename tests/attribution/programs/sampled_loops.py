"""Recordings of programs on a loop, built by hand from its steps and the samples that were taken in them."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.model.recording import Recording
from clientprof.model.samples import Boundary, CodeLocation
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns as columns_of
from recordings import sampled

PARSES = CodeLocation("app", "parses", "app.py", 30, "app")


def result_of(*args: Any, **kwargs: Any) -> ProgramResult:
    """What is said of ``recorded``."""
    return program_result(recorded(*args, **kwargs))


def recorded(
    steps: Sequence[tuple[int, int]],
    samples: Sequence[tuple[int, int, int]],
    end: int,
    *,
    computed_ns: int,
    queued_ns: int | None,
    others: float = 0.0,
    stacks: Sequence[Sequence[CodeLocation]] = ((PARSES,),),
    boundaries: tuple[Boundary, ...] = (),
    asked_ms: int = 1,
    requests: int = 1,
    blocked: int = 0,
    **of_program: Any,
) -> Recording:
    """A program whose samples, (at, weight, stack) in nanoseconds, lie in these steps, in milliseconds."""
    program = Program([Made(0, asked_ms)] * requests, steps=[*steps, (end, -1)], end=end, **of_program)
    recording, (codes, found) = program.recording(), sampled(stacks, samples)
    (run,) = recording.runs
    counted = () if queued_ns is None else ((BEGUN, 0, 0, 0, 0), (BEGUN + end * MS, computed_ns, 1, queued_ns, blocked))
    clock = columns_of("clock", ("at_ns", "cpu_ns", "begun", "queued_ns", "blocked"), counted)
    instants = [at_ns for at_ns, *_ in samples]
    others_ns = [int((at_ns - before_ns) * others) for before_ns, at_ns in pairwise([instants[0], *instants])]
    beside = {"sample.route": array("q", [-1] * len(samples)), "sample.others_ns": array("q", others_ns)}
    columns = {**run.columns, **found, **clock, **beside}
    facts = replace(run.facts, codes=codes, boundaries=boundaries)
    return replace(recording, runs=(replace(run, columns=columns, facts=facts),))
