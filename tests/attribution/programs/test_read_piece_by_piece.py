"""A response in the program's hands: where nobody saw it ask for pieces, what it waits for is not known."""

from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.clients.programs.requests_calls import REQUESTS
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName
from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.model.run import StepOwner
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.workload.programs.entries import Entries
from programs_by_hand import HTTPX, Made, Program

BLOCKING = ClientName("requests", "1", blocking=True)
MARKS = ((Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 1), (Mark.HEADERS, 10), (Mark.DONE, 98), (Mark.RELEASED, 99))


def program(*, on_loop: bool, resumed: int) -> ProgramResult:
    """Ten calls, one after the other, that return after 10 of their 100 ms, with the headers."""
    made = [
        Made(
            at,
            at + 100,
            [(kind, at + when) for kind, when in MARKS],
            returned=at + 10,
            resumed=resumed and at + resumed,
        )
        for at in range(0, 1000, 100)
    ]
    steps = [(0, -1), (1, int(StepOwner.WAIT)), (1000, -1)] if on_loop else []
    return Program(made, steps=steps, end=1000, client=HTTPX if on_loop else BLOCKING).result()


@pytest.mark.parametrize("on_loop", [False, True], ids=["in a thread", "on a loop"])
@pytest.mark.parametrize(
    ("resumed", "stream", "body"),
    [(98, 88_000, None), (12, 2_000, 86_000), (0, 88_000, None)],
    ids=["read piece by piece", "read in one call", "nobody closed it"],
)
def test_the_body_is_in_the_programs_hands_until_one_call_reads_the_rest(
    on_loop: bool, resumed: int, stream: float, body: float | None
) -> None:
    (site,) = program(on_loop=on_loop, resumed=resumed).call_sites
    phases = {row.phase: row for row in site.phases}
    assert phases["stream"].wall_us == pytest.approx(stream)
    assert (phases["stream"].cpu_us, phases["stream"].ready_us, phases["stream"].wait_us) == (None, None, None)
    assert (phases["body"].wall_us if "body" in phases else None) == (body if body is None else pytest.approx(body))
    assert sum(row.wall_us for row in site.phases) == pytest.approx(100_000)


@pytest.mark.parametrize("on_loop", [False, True], ids=["in a thread", "on a loop"])
def test_neither_the_server_nor_the_interpreter_is_blamed_for_a_slow_reader(on_loop: bool) -> None:
    answer = program(on_loop=on_loop, resumed=98).answer
    assert answer.limit is Limit.STREAM
    assert (
        "For 88.0 of the 100.0 ms of a request the program reads its answer piece by piece (app.py:7)"
        in answer.sentence
    )
    assert ("Meanwhile the event loop is idle" in answer.sentence) is on_loop


def test_a_recording_that_does_not_say_when_the_rest_was_read_is_told_as_before() -> None:
    (site,) = program(on_loop=True, resumed=-1).call_sites
    assert "stream" not in {row.phase for row in site.phases}


def test_the_rest_is_read_from_when_the_outermost_call_begins() -> None:
    """What reads the whole body releases the response inside."""
    current = SimpleNamespace(number=-1)
    lane: Any = SimpleNamespace(window=0)
    opened: Any = SimpleNamespace(number=3, resumed_ns=0, lane=lane)
    context: Any = SimpleNamespace(
        get=lambda _absent: current.number, set=lambda number: setattr(current, "number", number)
    )
    exchanges: Any = SimpleNamespace(current=context)
    entries = Entries(REQUESTS[0], exchanges, Patches(), Failures())
    entries._resume(opened)
    first = opened.resumed_ns
    assert first > 0
    entries._resume(opened)
    assert opened.resumed_ns == first
