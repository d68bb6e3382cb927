"""What looks at a loop's tasks say of a place where they wait: how many, and how many went on."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns

TOKEN = Gate("cache.py", 9, "get", "asyncio.Lock")


def result_of(waiting: Sequence[int], requests: int) -> ProgramResult:
    """Looks every 100 ms find so many tasks at one lock, while so many requests take 1 s each."""
    end = 100 * (len(waiting) + 1)
    steps = [(0, 0), *((at, int(StepOwner.WAIT)) for at in range(1, end, 10)), (end, -1)]
    recording = Program([Made(1, end - 1)] * requests, steps=steps, end=end).recording()
    (run,) = recording.runs
    looks = [
        row
        for number, tasks in enumerate(waiting, start=1)
        for row in ((number * 100, GATE_LOOK, 99), *([(number * 100, 0, tasks)] if tasks else []))
    ]
    gates = columns("gate", ("at_ns", "gate", "tasks"), [(BEGUN + at * MS, gate, tasks) for at, gate, tasks in looks])
    run = replace(run, columns={**run.columns, **gates})
    program = recording.manifest.program
    assert program is not None
    manifest = replace(recording.manifest, program=replace(program, gates=(TOKEN,)))
    return program_result(replace(recording, runs=(run,), manifest=manifest))


def test_the_mean_is_over_all_looks_and_whoever_is_there_no_more_has_gone_on() -> None:
    (row,) = result_of([40, 30, 0, 50], requests=4).gates
    assert (row.tasks, row.most, row.looks, row.all_looks) == (30.0, 50, 3, 4)
    assert row.left == 10 + 30  # nobody knows of the last ones


@pytest.mark.parametrize(("waiting", "told"), [([30, 25, 30, 25], True), ([30, 0, 30, 0], False)])
def test_a_lock_is_what_requests_wait_for_where_no_more_pass_it_than_there_are_requests(
    waiting: Sequence[int], told: bool
) -> None:
    sentence = result_of(waiting, requests=12).answer.sentence
    assert ("tasks wait for `asyncio.Lock` in `get` (cache.py:9)" in sentence) is told
