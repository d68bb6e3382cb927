"""A loop that waits for the interpreter, because other threads compute, is told with the function in which they do."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS
from sampled_loops import recorded

METRICS = Gate("metrics.py", 5, "aggregates", "the interpreter")
SENDS = Gate("mail.py", 9, "sends", "the interpreter")


def result_of(
    others: float, *, let_run: float = 0.4, computing: tuple[tuple[int, int], ...] = (), looks: int = 0
) -> ProgramResult:
    """A hundred steps of 10 ms of which the loop's thread computes in ``let_run``, and other threads in ``others``;
    ``computing`` is (which of the two functions, milliseconds of CPU), ``looks`` how often somebody looked for such."""
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(100):
        steps += [(at, -1), (at + 10, int(StepOwner.WAIT))]
        samples.append((BEGUN + (at + 9) * MS, int(10 * MS * let_run), 0))
        at += 12
    recording = recorded(
        steps, samples, at, computed_ns=int(1000 * MS * let_run), queued_ns=0, others=others, asked_ms=at, requests=50
    )
    (run,) = recording.runs
    rows = {
        "computing.at_ns": array("q", [BEGUN + MS] * len(computing)),
        "computing.gate": array("q", [gate for gate, _ in computing]),
        "computing.cpu_ns": array("q", [ms * MS for _, ms in computing]),
    }
    rows |= {
        "gate.at_ns": array("q", [BEGUN + MS] * looks),
        "gate.gate": array("q", [GATE_LOOK] * looks),
        "gate.tasks": array("q", [1] * looks),
    }
    program = recording.manifest.program
    assert program is not None
    manifest = replace(recording.manifest, program=replace(program, gates=(SENDS, METRICS)))
    return program_result(replace(recording, manifest=manifest, runs=(replace(run, columns={**run.columns, **rows}),)))


def test_the_function_in_which_the_threads_compute_is_named_with_what_the_loop_waited() -> None:
    result = result_of(0.9, computing=((0, 20), (1, 300), (1, 300)))
    (finding,) = (each for each in result.findings if each.id == "threads-hold-interpreter")
    assert finding.title.startswith("A thread in `aggregates` (metrics.py:5) keeps the event loop waiting")
    assert "0.6 s of CPU in `aggregates` (metrics.py:5)" in finding.evidence
    # 6 ms of each 10, in 100 steps, for 50 requests.
    waited_us = finding.off_cpu_us_per_request
    assert waited_us == pytest.approx(100 * 6_000 / 50, rel=0.05)
    assert "it waits for the interpreter, which other threads have" in result.answer.sentence


def test_threads_that_nobody_saw_are_told_without_a_function() -> None:
    (finding,) = (each for each in result_of(0.9).findings if each.id == "threads-hold-interpreter")
    assert finding.title.startswith("Other threads of the program keep the event loop waiting")
    assert not finding.culprits


def test_many_threads_of_which_none_computes_for_long_are_not_told_where_no_request_waits() -> None:
    """Such as those of a server that make its requests: each computes for a moment."""
    assert "threads-hold-interpreter" not in {each.id for each in result_of(0.9, looks=3).findings}
    told = {each.id for each in result_of(0.9, looks=3, computing=((1, 600),)).findings}
    assert "threads-hold-interpreter" in told


@pytest.mark.parametrize(("others", "let_run"), [(0.0, 0.4), (0.1, 0.4), (0.9, 0.95)])
def test_threads_that_compute_little_or_that_the_loop_does_not_wait_for_are_not_told(
    others: float, let_run: float
) -> None:
    result = result_of(others, let_run=let_run, computing=((1, 600),))
    assert "threads-hold-interpreter" not in {each.id for each in result.findings}
    assert "interpreter" not in result.answer.sentence
