"""Several requests inside of one call, and waits inside of it that no connection explains, are told with their time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns

CALLS = 40
# A call: 10 ms until the first answer, ``pause`` ms of back-off, 10 ms until the second.
LENGTH = 200


def call(started: int, answers: int, pause: int) -> Made:
    marks: list[tuple[Mark, int]] = []
    at = started
    for _ in range(answers):
        marks += [(Mark.POOL_ENQUEUE, at), (Mark.POOL_ACQUIRED, at), (Mark.HEADERS, at + 10), (Mark.DONE, at + 10)]
        marks += [(Mark.RELEASED, at + 10)]
        at += 10 + pause
    return Made(started, at - pause + 1, marks, returned=at - pause + 1)


def result_of(repeated: int, *, answers: int = 2, pause: int = 100, seen: Sequence[Gate] = ()) -> ProgramResult:
    """So many of the calls ask again; at each of two looks a task waits at each of these places."""
    made = [call(n * LENGTH, answers if n < repeated else 1, pause) for n in range(CALLS)]
    end = CALLS * LENGTH + 10
    steps = [(0, 0), *((at, int(StepOwner.WAIT)) for at in range(1, end, 10)), (end, -1)]
    writes = [(n, at) for n, each in enumerate(made) for kind, at in each.marks if kind is Mark.POOL_ACQUIRED]
    recording = Program(made, steps=steps, writes=sorted(writes, key=lambda row: row[1]), end=end).recording()
    (run,) = recording.runs
    looks = [(BEGUN + at * MS, gate, 1) for at in (50, 100) for gate in (GATE_LOOK, *range(len(seen)))]
    run = replace(run, columns={**run.columns, **columns("gate", ("at_ns", "gate", "tasks"), looks)})
    program = recording.manifest.program
    assert program is not None
    manifest = replace(recording.manifest, program=replace(program, gates=tuple(seen)))
    return program_result(replace(recording, runs=(run,), manifest=manifest))


def test_calls_that_ask_again_are_told_with_the_time_before_their_last_request() -> None:
    result = result_of(CALLS)
    finding = next(each for each in result.findings if each.id == "several-requests-per-call")
    assert "makes 2.0 requests, on average" in finding.title
    assert finding.off_cpu_us_per_request == pytest.approx(110_000, rel=0.02)
    assert finding.evidence[0] == "80 answers to 40 calls"


def test_what_they_wait_in_between_is_told_and_is_the_same_cause() -> None:
    (cause,) = result_of(CALLS).causes
    assert [each.id for each in cause.findings] == ["several-requests-per-call", "call-waits-inside"]
    inside = cause.findings[1]
    assert inside.off_cpu_us_per_request == pytest.approx(100_000, rel=0.02)
    assert "waits 101.0 of its 121.0 ms" in inside.title


@pytest.mark.parametrize(
    ("what", "remedy"),
    [
        ("asyncio.Lock", "Hold this lock for less"),
        ("asyncio.sleep", "Sleep there only"),
        ("aiolimiter.AsyncLimiter", "Let more calls through"),
        ("asyncio.Event", "Do there only what"),
    ],
)
@pytest.mark.parametrize("caller", [("app.py", "asks"), ("", "")], ids=["its-own-call", "a-package-s-call"])
def test_what_they_wait_for_in_code_of_the_program_is_named(what: str, remedy: str, caller: tuple[str, str]) -> None:
    another = Gate("app.py", 3, "elsewhere", "asyncio.Event", 0, True, "app.py", "asks_else")
    result = result_of(CALLS, seen=[another, Gate("auth.py", 20, "Auth.flow", what, 0, True, *caller)])
    inside = next(each for each in result.findings if each.id == "call-waits-inside")
    assert inside.title.endswith(f"but for `{what}` in `Auth.flow` (auth.py:20)")
    assert inside.culprits[0].function == "Auth.flow"
    assert inside.remedy.startswith(remedy)
    assert f"but for `{what}` in `Auth.flow` (auth.py:20)." in result.answer.sentence
    assert result.gates == ()  # which are outside of calls


def test_a_redirect_whose_answer_has_no_mark_of_its_own_is_an_answer() -> None:
    marks = (
        (Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 0), (Mark.RELEASED, 20), (Mark.POOL_ENQUEUE, 20),
        (Mark.POOL_ACQUIRED, 20), (Mark.HEADERS, 30), (Mark.DONE, 30), (Mark.RELEASED, 30),
    )  # fmt: skip
    made = [Made(50 * n, 50 * n + 30, [(kind, 50 * n + at) for kind, at in marks]) for n in range(30)]
    (finding,) = (each for each in Program(made, end=1500).result().findings if each.id == "several-requests-per-call")
    assert finding.off_cpu_us_per_request == pytest.approx(20_000)


@pytest.mark.parametrize(("repeated", "answers"), [(0, 1), (7, 2), (12, 2)])
def test_a_call_that_asks_once_or_a_few_that_ask_again_are_everyday_life(repeated: int, answers: int) -> None:
    ids = {each.id for each in result_of(repeated, answers=answers, pause=1).findings}
    assert "several-requests-per-call" not in ids
    assert "call-waits-inside" not in ids


def test_a_client_inside_of_another_one_makes_no_second_request() -> None:
    """niquests and its urllib3 both tell when they ask for a connection, and when they have it."""
    inside = [
        (Mark.POOL_ENQUEUE, 0),
        (Mark.POOL_ENQUEUE, 1),
        (Mark.POOL_ACQUIRED, 1),
        (Mark.POOL_ACQUIRED, 2),
        (Mark.HEADERS, 9),
    ]
    made = [
        Made(20 * n, 20 * n + 10, [(kind, 20 * n + at) for kind, at in inside], returned=20 * n + 10) for n in range(50)
    ]
    assert "several-requests-per-call" not in [each.id for each in Program(made, end=1100).result().findings]
