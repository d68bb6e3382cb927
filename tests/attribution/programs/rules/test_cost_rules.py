"""What is a cost that grows with a program's age, and what only looks like one; and how short programs are told."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.model.recording import Recording
from clientprof.model.samples import CodeLocation
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import sampled

GROWS = CodeLocation("app", "remembers", "app.py", 12, "app")
REQUESTS, EACH_MS = 960, 10


def short_program(cost_ms: Callable[[float], float], *, starts: Sequence[int] | None = None) -> ProgramResult:
    """Ten seconds of requests; each costs so many milliseconds of CPU, by its age from 0 to 1."""
    starts = starts or [number * EACH_MS for number in range(REQUESTS)]
    end = REQUESTS * EACH_MS
    steps = [(at, owner) for number, start in enumerate(starts) for at, owner in ((start, number), (start + 1, -3))]
    program = Program([Made(start, start + 1) for start in starts], steps=[*steps, (end, -1)], end=end)
    rows = [(BEGUN + start * MS + MS // 2, round(cost_ms(start / end) * MS), 0) for start in starts]
    return program_result(_with_samples(program.recording(), rows))


def _with_samples(recording: Recording, rows: Sequence[tuple[int, int, int]]) -> Recording:
    codes, found = sampled([[GROWS]], rows)
    (run,) = recording.runs
    columns = {**run.columns, **found, "sample.route": array("q", [-1] * len(rows))}
    return replace(recording, runs=(replace(run, columns=columns, facts=replace(run.facts, codes=codes)),))


def growing(result: ProgramResult) -> list[str]:
    return [each.title for each in result.findings if each.id == "cost-grows-with-uptime"]


def test_a_program_of_seconds_is_told_by_its_samples_with_function_and_slope() -> None:
    result = short_program(lambda age: 0.05 + age)
    assert growing(result) == ["CPU per request grows with the program's age, in `remembers` (app.py:12)"]
    (series,) = [each for each in result.uptime if each.name == "CPU per request"]
    assert series.slope is not None
    assert series.slope.value == pytest.approx(0.9, abs=0.2)
    # In 24 parts, the first left out; the last costs 0.05 + 47/48 ms.
    assert series.values[-1] == pytest.approx(1029, rel=0.01)


def test_a_cost_that_stays_is_no_finding() -> None:
    assert growing(short_program(lambda _age: 0.5)) == []


@pytest.mark.parametrize("at", [0.3, 0.5, 0.8])
def test_a_cost_that_goes_up_once_is_other_work_and_no_matter_of_age(at: float) -> None:
    assert growing(short_program(lambda age: 0.2 if age < at else 0.9)) == []


def test_a_cost_that_grows_with_the_load_is_no_matter_of_age() -> None:
    # More and more requests begin in the same time.
    end = REQUESTS * EACH_MS
    starts = sorted({round(end * (number / REQUESTS) ** 0.5) for number in range(REQUESTS)} - {end})
    assert growing(short_program(lambda age: 0.05 + age, starts=[start for start in starts if start % 2 == 0])) == []
