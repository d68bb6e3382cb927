"""What a clock ran out on: the server, the loop, the pool or the handshake, by how far the request had come."""

from dataclasses import replace

import pytest

from clientprof.attribution.programs.timeouts import is_timeout
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName
from clientprof.model.run import StepOwner
from programs_by_hand import SITE, Made, Program

IDLE = [(0, 0), (1, int(StepOwner.WAIT)), (300, 0), (301, int(StepOwner.WAIT)), (1000, -1)]
# From 50 to 300 somebody else's callback runs.
BUSY = [
    (0, 0),
    (1, int(StepOwner.WAIT)),
    (50, -1),
    (300, int(StepOwner.SELECT)),
    (300, 0),
    (301, int(StepOwner.WAIT)),
    (1000, -1),
]
SENT = [(Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 0)]


def verdict(made: Made, steps: list[tuple[int, int]] = IDLE, **more: object) -> tuple[str, bool]:
    (row,) = Program([made], steps=steps, **more).result().timeouts  # type: ignore[arg-type]
    assert (row.file, row.line, row.count) == ("app.py", 7, 1)
    return row.verdict, row.own


def test_a_request_that_was_sent_and_not_answered_ran_out_on_the_server() -> None:
    made = Made(0, 300, SENT, error="httpx.ReadTimeout")
    assert verdict(made, writes=[(0, 1)]) == ("server", False)


def test_a_loop_held_while_the_clock_ran_is_the_program_s_own_doing() -> None:
    made = Made(0, 300, SENT, error="httpx.ReadTimeout")
    assert verdict(made, BUSY, writes=[(0, 1)]) == ("loop", True)


def test_a_request_that_only_stood_in_line_ran_out_on_the_pool() -> None:
    made = Made(0, 300, [(Mark.POOL_ENQUEUE, 0)], error="builtins.TimeoutError")
    assert verdict(made) == ("pool", True)


@pytest.mark.parametrize(
    "started",
    [(Mark.DNS_START,), (Mark.DNS_START, Mark.DNS_END, Mark.TCP_START), (Mark.TCP_START, Mark.TCP_END, Mark.TLS_START)],
)
def test_a_connection_in_the_making_ran_out_on_the_handshake(started: tuple[Mark, ...]) -> None:
    marks = [*SENT, *((mark, 2 + place) for place, mark in enumerate(started))]
    assert verdict(Made(0, 300, marks, error="httpx.ConnectTimeout")) == ("handshake", False)


def test_the_end_of_a_handshake_that_was_cancelled_with_its_exchange_proves_nothing() -> None:
    marks = [*SENT, (Mark.TCP_START, 2), (Mark.TCP_END, 3), (Mark.TLS_START, 3), (Mark.TLS_END, 300)]
    assert verdict(Made(0, 300, marks, error="builtins.TimeoutError")) == ("handshake", False)


def test_of_a_client_that_works_outside_python_nobody_can_say_what_came() -> None:
    opaque = ClientName("curl-cffi", "1", blocking=False, opaque=True)
    assert verdict(Made(0, 300, SENT, error="curl_cffi.Timeout"), client=opaque) == ("unknown", False)
    assert verdict(Made(0, 300, SENT[:1], error="curl_cffi.Timeout"), client=opaque) == ("pool", True)


def test_without_any_mark_nobody_can_say() -> None:
    assert verdict(Made(0, 300, error="builtins.TimeoutError")) == ("unknown", False)


def test_other_failures_are_no_timeouts() -> None:
    assert not Program([Made(0, 300, SENT, error="httpx.ConnectError")], steps=IDLE).result().timeouts
    assert [is_timeout(name) for name in ("httpx.PoolTimeout", "socket.timeout", "builtins.TimeoutError")].count(
        True
    ) >= 2


def never_closed(count: int) -> list[Made]:
    return [Made(0, 0, [(Mark.POOL_ENQUEUE, 0), (Mark.POOL_ACQUIRED, 0)], returned=10) for _ in range(count)]


@pytest.mark.parametrize(("through", "told"), [((), False), (("retries", "throttle"), True)])
def test_packages_between_the_program_and_its_client_may_be_who_does_not_close(
    through: tuple[str, ...], told: bool
) -> None:
    program = Program(never_closed(4), steps=[*IDLE, (10_000, -1)], end=10_000, sites=(replace(SITE, through=through),))
    (finding,) = program.result().findings
    assert ("retries and throttle may let go of some" in finding.remedy) is told


def test_timeouts_of_the_pool_are_told_as_the_consequence_of_what_is_never_closed() -> None:
    lost = never_closed(4)
    late = [Made(5_000, 5_300, [(Mark.POOL_ENQUEUE, 5_000)], error="httpx.PoolTimeout") for _ in range(3)]
    result = Program([*lost, *late], steps=[*IDLE, (10_000, -1)], end=10_000).result()
    (finding,) = result.findings
    assert finding.id == "response-never-closed"
    assert finding.title == "4 responses were never closed at `asks` (app.py:7)"
    assert "3 requests failed because the pool had none free, a consequence" in finding.evidence
