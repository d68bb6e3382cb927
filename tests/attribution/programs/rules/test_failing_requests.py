"""Requests that fail in numbers are told, with what they cost and for what reason; a few are not."""

import pytest

from clientprof.model.phases import Mark
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import Made, Program

CALLS = 100


def result_of(failing: int, error: str = "httpx.ReadTimeout", late: int = 0, *, breaks: bool = False) -> ProgramResult:
    """Calls of 10 ms, of which so many fail after 50; ``late`` of these because the loop was held."""
    made, steps, at = [], [(0, 0)], 1
    for number in range(CALLS):
        fails, held = number < failing, number < late
        length = 50 if fails else 10
        marks = [(Mark.POOL_ENQUEUE, at), (Mark.POOL_ACQUIRED, at)]
        if not fails:
            marks += [(Mark.HEADERS, at + length), (Mark.DONE, at + length), (Mark.RELEASED, at + length)]
        made.append(Made(at, at + length, marks, error=error if fails else ""))
        steps += [(at, -1)] if held else [(at, int(StepOwner.WAIT))]
        steps.append((at + length, 0))
        at += length + 5
    writes = [(number, each.started) for number, each in enumerate(made)]
    # A request that fails takes its connection with it.
    opened = [(n, each.started, each.ended) for n, each in enumerate(made) if each.error] if breaks else []
    return Program(made, steps=[*steps, (at, -1)], writes=writes, end=at, connections=opened).result()


def test_timeouts_in_numbers_are_told_with_what_each_took() -> None:
    result = result_of(25)
    (finding,) = (each for each in result.findings if each.id == "requests-fail")
    assert (
        finding.title == "25.0\N{NO-BREAK SPACE}% of the requests at `asks` (app.py:7) fail: httpx.ReadTimeout 25 times"
    )
    assert finding.off_cpu_us_per_request == pytest.approx(25 * 50_000 / CALLS)
    assert finding.remedy.startswith("Allow more time")
    assert "25.0\N{NO-BREAK SPACE}% fail, most of them with `httpx.ReadTimeout`" in result.answer.sentence


def test_other_failures_are_told_with_another_remedy() -> None:
    (finding,) = (each for each in result_of(25, "httpx.ConnectError").findings if each.id == "requests-fail")
    assert finding.remedy.startswith("Find out why")


@pytest.mark.parametrize("error", ["asyncio.exceptions.CancelledError", "trio.Cancelled"])
def test_requests_that_the_program_gives_up_are_told_so_and_are_why_connections_are_new(error: str) -> None:
    (finding,) = result_of(50, error, breaks=True).findings
    assert finding.id == "requests-fail"
    assert "gives them up itself" in finding.claim
    assert finding.remedy.startswith("Find what cancels them")
    assert finding.evidence[-1] == "new connections: 500 per 1,000 requests"


@pytest.mark.parametrize("error", ["asyncio.exceptions.CancelledError", "httpx.ReadError"])
@pytest.mark.parametrize(("exit_code", "cut_off"), [(1, True), (-15, True), (0, False)])
def test_requests_that_the_end_of_the_program_cuts_off_are_not_given_up_one_by_one(
    exit_code: int, cut_off: bool, error: str
) -> None:
    names = ["httpx.ConnectError", *[error] * 40]
    made = [Made(1 + number, 60, [], error=name) for number, name in enumerate(names)]
    program = Program(made, steps=[(0, 0), (61, -1)], end=61, exit_code=exit_code)
    (finding,) = (each for each in program.result().findings if each.id == "requests-fail")
    assert finding.title.endswith(f"{error} 40 times, httpx.ConnectError once")
    assert ("no more than its consequences" in finding.claim) is cut_off
    assert ("gives them up itself" in finding.claim) is (not cut_off and "Cancelled" in error)
    assert finding.remedy.startswith("Mend first what ends the program") is cut_off


def test_a_few_failures_are_everyday_life() -> None:
    assert not result_of(19).findings
    assert "fail" not in result_of(19).answer.sentence


@pytest.mark.parametrize(("late", "own"), [(2, False), (12, True)])
def test_a_few_timeouts_that_the_loop_was_late_for_are_not_told_beside_many_of_the_server(late: int, own: bool) -> None:
    ids = {each.id for each in result_of(30, late=late).findings}
    assert ("timeout-is-the-programs-own" in ids) is own
    assert "requests-fail" in ids
