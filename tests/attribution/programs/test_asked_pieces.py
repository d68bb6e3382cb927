"""A response in the program's hands is divided by its asks for pieces, and who comes too late for them is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName
from clientprof.model.programs.results import Limit, ProgramPhase, ProgramResult
from clientprof.model.run import StepOwner
from programs_by_hand import HTTPX, Made, Program

BLOCKING = ClientName("requests", "1", blocking=True)
MARKS = ((Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 1), (Mark.HEADERS, 10), (Mark.DONE, 100))
WAIT = int(StepOwner.WAIT)
Asks = Sequence[tuple[int, int]]


def program(asks: Asks | None, *, steps: Sequence[tuple[int, int]] = (), short: int = 0) -> ProgramResult:
    """Ten exchanges one after the other: each returns after 10 of its 100 ms, and is read until its end. ``steps`` of the
    first are those of all; without any the calls are a thread's."""
    made, all_steps = [], [(0, WAIT)] if steps else []
    for number in range(10):
        at = 100 * number
        asked = None if asks is None else [(at + begin, at + until) for begin, until in asks]
        marks = [(kind, at + when) for kind, when in MARKS]
        made.append(Made(at, at + 100, marks, returned=at + 10, resumed=0, asks=asked, short_asks=short))
        all_steps += [(at + when, number if owner == 0 else owner) for when, owner in steps]
    client = HTTPX if steps else BLOCKING
    return Program(made, steps=[*all_steps, (1000, -1)] if steps else (), end=1000, client=client).result()


def stream_of(result: ProgramResult, lasts_us: float = 100_000) -> ProgramPhase:
    (site,) = result.call_sites
    assert sum(row.wall_us for row in site.phases) == pytest.approx(lasts_us)
    return next(row for row in site.phases if row.phase == "stream")


def test_what_is_outside_of_asks_is_the_programs() -> None:
    row = stream_of(program([(10, 30), (40, 60)], short=5))
    assert row.wall_us == pytest.approx(90_000)
    assert row.between_us == pytest.approx(45_000)
    assert row.inside_us == pytest.approx(45_000)
    assert row.asks == pytest.approx(2)
    # Of a thread nobody knows whether it waited for the server or for the interpreter.
    assert (row.cpu_us, row.ready_us, row.wait_us) == (None, None, None)


def test_asks_that_nobody_could_see_are_not_taken_for_none() -> None:
    row = stream_of(program(None))
    assert (row.between_us, row.late_us, row.asks) == (None, None, None)
    assert program(None).answer.limit is Limit.STREAM
    assert program(None).findings == ()


def test_a_recording_without_the_columns_is_told_as_it_was() -> None:
    recording = Program(
        [Made(0, 100, MARKS, returned=10, resumed=0, asks=[(10, 90)])], end=100, client=BLOCKING
    ).recording()
    (run,) = recording.runs
    columns = {name: run.column(name) for name in run.columns if "ask" not in name}
    assert len(columns) == len(run.columns) - 5
    older = program_result(replace(recording, runs=(replace(run, columns=columns),)))
    (site,) = older.call_sites
    row = next(row for row in site.phases if row.phase == "stream")
    assert (row.wall_us, row.between_us) == (pytest.approx(90_000), None)
    assert "are not told apart" in older.answer.sentence


def test_an_ask_on_a_loop_has_the_states_of_its_exchange() -> None:
    """It begins in the program's own step, waits, stands in line behind another step for 4 ms, and computes."""
    nobody = int(StepOwner.NOBODY)
    result = program([(20, 60)], steps=[(10, nobody), (22, WAIT), (50, nobody), (54, 0), (60, nobody)])
    row = stream_of(result)
    assert (row.cpu_us, row.between_us) == (pytest.approx(8_000), pytest.approx(50_000))
    assert row.wait_us is not None
    assert row.ready_us is not None
    assert row.wait_us + row.ready_us == pytest.approx(32_000)


def test_what_a_step_computes_between_two_asks_is_not_the_clients() -> None:
    row = stream_of(program([(20, 30)], steps=[(10, int(StepOwner.NOBODY)), (22, WAIT), (25, 0), (90, WAIT)]))
    assert row.cpu_us == pytest.approx(2_000 + 5_000)
    assert row.between_us == pytest.approx(80_000)


@pytest.mark.parametrize("on_loop", [False, True], ids=["in a thread", "on a loop"])
def test_a_program_that_comes_late_is_told_at_its_call(on_loop: bool) -> None:
    """All pieces are there when they are asked for."""
    result = program([], short=5, steps=[(10, WAIT)] if on_loop else ())
    row = stream_of(result)
    assert row.between_us == row.late_us == pytest.approx(85_000)
    (finding,) = [each for each in result.findings if each.id == "slow-reader"]
    assert "app.py:7" in finding.title
    assert "85.0 of 100.0 ms" in finding.claim
    assert "takes its connection" in finding.claim
    assert finding.off_cpu_us_per_request == pytest.approx(85_000)
    assert ("asyncio.Queue" if on_loop else "threading.Thread") in finding.code
    assert result.answer.limit is Limit.STREAM
    assert "For 85.0 of the 100.0 ms of a request the program keeps its answer open" in result.answer.sentence


def test_a_short_program_that_reads_its_only_answer_a_little_late_is_told_nothing() -> None:
    """Two thirds of its time, which is a hundredth of a second."""
    marks = ((Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 1), (Mark.HEADERS, 3), (Mark.DONE, 10))
    made = Made(0, 10, marks, returned=3, resumed=0, asks=[], short_asks=1)
    result = Program([made], end=10, client=BLOCKING).result()
    assert stream_of(result, 10_000).late_us == pytest.approx(6_000)
    assert result.findings == ()


def test_a_slow_server_is_the_servers() -> None:
    result = program([(10, 50), (51, 99)])
    assert stream_of(result).late_us == pytest.approx(1_000)
    assert result.findings == ()
    assert result.answer.limit is Limit.SERVER
    # Of a thread, nobody knows what it waited for in its reads.
    assert "Most of that is in reads of threads" in result.answer.sentence


def test_work_before_a_piece_that_is_not_there_yet_takes_nobodys_time() -> None:
    """The server sends every 30 ms, the program works for 20 of them: with less work it would wait for longer."""
    result = program([(30, 40), (60, 70), (90, 100)])
    row = stream_of(result)
    assert row.between_us == pytest.approx(60_000)
    assert row.late_us == pytest.approx(0)
    assert result.findings == ()
    assert result.answer.limit is Limit.SERVER
    assert "For 60.0 ms of that it works on pieces that it has" in result.answer.sentence


def test_half_of_an_answer_that_comes_late_is_told_apart_from_the_half_that_does_not() -> None:
    """The server thinks for 40 ms, and then is ahead of the program."""
    row = stream_of(program([(10, 50)], short=2))
    assert row.late_us == pytest.approx(48_000, rel=0.05)


def test_a_connection_that_is_given_back_before_the_body_comes_leaves_it_in_the_programs_hands() -> None:
    """A client that shares its connections among requests does that."""
    marks = ((Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 1), (Mark.HEADERS, 7), (Mark.DONE, 8), (Mark.RELEASED, 9))
    for steps in ((), [(0, -1), (1, WAIT), (100, -1)]):
        made = Made(0, 100, marks, returned=10, resumed=0, asks=[(10, 90)])
        (site,) = Program([made], steps=steps, end=100, client=HTTPX if steps else BLOCKING).result().call_sites
        phases = {row.phase: row for row in site.phases}
        assert phases["stream"].wall_us == pytest.approx(90_000)
        assert phases["stream"].between_us == pytest.approx(10_000)
        assert phases["release"].wall_us == pytest.approx(2_000)
