"""Which bodies count as cut into tiny pieces, and what that is said to cost."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.findings import Finding
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName
from clientprof.model.programs.results import ProgramResult
from clientprof.model.recording import Recording
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns as columns_of

TOLD = "body-in-tiny-pieces"
WAIT, NOBODY = int(StepOwner.WAIT), int(StepOwner.NOBODY)
PIECES = 400
# One request: it holds the loop from 1 to 801, sends a piece every 2 ms, and waits for its answer.
BUSY = [(0, NOBODY), (1, 0), (801, WAIT), (1000, NOBODY)]
SENT = [(0, 1 + 2 * number, 1024) for number in range(PIECES)]


def program(
    writes: Sequence[tuple[int, int, int]] = SENT,
    steps: Sequence[tuple[int, int] | tuple[int, int, int]] = BUSY,
    exchanges: Sequence[Made] = (Made(1, 990),),
    **others: Any,
) -> Program:
    return Program(exchanges, steps=steps, writes=writes, **{"end": 1000, **others})


def found(result: ProgramResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.id == TOLD]


def with_columns(made: Program, **columns: "array[int] | None") -> Recording:
    """The recording with these columns, of which None are left out."""
    recording = made.recording()
    (run,) = recording.runs
    known = {**run.columns, **{name.replace("__", "."): column for name, column in columns.items()}}
    return replace(recording, runs=(replace(run, columns={n: c for n, c in known.items() if c is not None}),))


def test_a_body_in_tiny_pieces_is_told_with_its_line_their_number_their_size_and_its_cpu() -> None:
    (told,) = found(program().result())
    assert told.title == "`asks` (app.py:7) sends the body of a request in 400 pieces of 1,024 bytes"
    assert told.culprits[0].module == "app.py:7"
    # From the first piece at 1 to the last at 799.
    assert told.cost_us_per_request == pytest.approx(798_000)
    assert told.off_cpu_us_per_request is None
    assert any(text.startswith("1 of 1 requests of httpx") and "0.41 MB each" in text for text in told.evidence)
    assert "content=joined(pieces)" in told.code


def test_the_remedy_is_told_in_the_clients_words() -> None:
    (told,) = found(program(client=ClientName("aiohttp", "1", blocking=False)).result())
    assert "data=joined(pieces)" in told.code


def test_of_the_time_that_it_holds_the_loop_only_what_is_computed_is_cpu() -> None:
    clock = columns_of("clock", ("at_ns", "cpu_ns", "begun"), [(BEGUN, 0, 0), (BEGUN + 1000 * MS, 200 * MS, 1)])
    (told,) = found(program_result(with_columns(program(), **{k.replace(".", "__"): v for k, v in clock.items()})))
    # The loop was busy for 801 ms.
    assert told.cost_us_per_request == pytest.approx(798_000 * 200 / 801)


@pytest.mark.parametrize("size", [65_536, 16_384, 8_192])
def test_pieces_that_are_large_enough_are_not_told(size: int) -> None:
    assert not found(program([(exchange, at, size) for exchange, at, _ in SENT]).result())
    assert found(program([(exchange, at, 4_096) for exchange, at, _ in SENT]).result())


@pytest.mark.parametrize(("pieces", "told"), [(31, False), (32, True)])
def test_a_small_body_is_not_told(pieces: int, told: bool) -> None:
    sent = [(0, 1 + 800 * number // pieces, 1024) for number in range(pieces)]
    assert bool(found(program(sent).result())) == told


def test_what_is_sent_when_it_happens_is_not_told() -> None:
    """A piece every 10 ms, each of which keeps the loop busy for 8 ms: the request waits in between."""
    steps = [step for at in range(1, 1001, 10) for step in ((at, 0), (at + 8, WAIT))]
    sent = [(0, at, 100) for at in range(1, 1001, 10)]
    made = [Made(1, 1001)]
    assert not found(program(sent, [(0, NOBODY), *steps, (1002, NOBODY)], made, end=1002).result())


def test_pieces_of_which_many_come_at_a_time_are_told_in_spite_of_pauses() -> None:
    steps = [step for at in range(1, 1001, 100) for step in ((at, 0), (at + 80, WAIT))]
    sent = [(0, at + each, 1024) for at in range(1, 1001, 100) for each in range(80)]
    made = [Made(1, 1001)]
    assert found(program(sent, [(0, NOBODY), *steps, (1002, NOBODY)], made, end=1002).result())


def test_who_stands_in_line_for_the_loop_makes_no_pause_and_waits_for_the_pieces_of_others() -> None:
    """Two requests by turns: each is ready to send its next piece while the other one sends."""
    turns = [(10 * turn, turn % 2, max(1, 10 * turn - 10)) for turn in range(1, 81)]
    sent = [(turn % 2, 10 * turn, 1024) for turn in range(1, 81)]
    steps = [(0, NOBODY), *turns, (810, WAIT), (1000, NOBODY)]
    (told,) = found(program(sent, steps, [Made(1, 990), Made(1, 990)]).result())
    # Each has 40 turns, of which the last one ends with its piece; between two of its own it stands in line for the other's.
    assert told.cost_us_per_request == pytest.approx(390_000)
    assert told.off_cpu_us_per_request == pytest.approx(390_000, rel=0.05)
    unknown = [(at, owner) for at, owner, _ in turns]
    assert not found(program(sent, [(0, NOBODY), *unknown, (810, WAIT), (1000, NOBODY)], [Made(1, 990)] * 2).result())


def test_what_follows_the_headers_is_no_body() -> None:
    """A WebSocket's messages go out for the request that opened it."""
    assert not found(program(exchanges=[Made(1, 990, marks=[(Mark.HEADERS, 2)])]).result())
    assert found(program(exchanges=[Made(1, 990, marks=[(Mark.HEADERS, 900)])]).result())


def test_a_request_that_was_not_seen_to_its_end_is_not_told() -> None:
    assert not found(program(exchanges=[Made(1, 0)]).result())


@pytest.mark.parametrize("sizes", [None, array("q", [-1] + [1024] * (PIECES - 1))])
def test_where_not_all_sizes_are_known_nothing_is_told(sizes: "array[int] | None") -> None:
    assert not found(program_result(with_columns(program(), write__bytes=sizes)))


def test_a_loop_that_others_hold_is_not_told_so() -> None:
    """It sends for 798 ms, of 3,800 in which the loop is busy."""
    steps = [*BUSY[:-1], (1000, NOBODY), (4000, WAIT), (4100, NOBODY)]
    assert not found(program(steps=steps, end=4100).result())


def test_a_loop_that_is_hardly_busy_is_not_told() -> None:
    """It sends for 798 ms, and waits for its answer for two seconds."""
    steps = [*BUSY[:-1], (3000, NOBODY)]
    assert not found(program(steps=steps, exchanges=[Made(1, 2990)], end=3000).result())


def test_what_nobody_notices_is_not_told() -> None:
    for many, told in ((40, False), (60, True)):
        sent = [(0, 1 + number, 1024) for number in range(many)]
        steps = [(0, NOBODY), (1, 0), (1 + many, WAIT), (100, NOBODY)]
        assert bool(found(program(sent, steps, [Made(1, 99)], end=100).result())) == told
