"""What a failed request failed of, from small records of both ends made by hand."""

from array import array

import pytest

from clientprof.attribution.failures.failed_requests import failed_requests
from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.phases import Mark
from clientprof.model.run import RoundKind, Run, StepOwner
from recordings import columns, exchanges, rounds, run_of

MS = 1_000_000
CLIENT, POLICY = 0, 1


def failed(error: str, *parts: dict[str, "array[int]"]) -> FailedRequest:
    """The one failed request, of an exchange from 0 to 100 ms; the loop looks for data every 10 ms."""
    steps = [(10 * MS * n, 0, StepOwner.SELECT if n % 2 == 0 else 0) for n in range(24)]
    run: Run = run_of(
        rounds((RoundKind.MEASURED, 0, 1, 0, 100 * MS)), exchanges((1, 100 * MS, 1)),
        columns("step", ("started_ns", "enqueued_ns", "owner"), steps), *parts, error_types=(error,),
    )  # fmt: skip
    (row,) = failed_requests(run)
    return row


def given(at_ms: int) -> dict[str, "array[int]"]:
    return columns("given", ("at_ns", "exchange", "connection"), [(at_ms * MS, 0, 1)]) | columns(
        "connection", ("opened_ns", "exchange"), [(-50 * MS, -1)]
    ) | columns("port", ("connection", "number"), [(1, 4000)])  # fmt: skip


def written(at_ms: int, *, lasts_ms: int = 0) -> dict[str, "array[int]"]:
    row = (at_ms * MS, (at_ms + lasts_ms) * MS, 0, 1)
    return columns("write", ("started_ns", "ended_ns", "exchange", "connection"), [row])


def server(
    reason: int, closed_ms: int, *answers: tuple[int, int], requests: int = 1, last_ms: int = 20
) -> dict[str, "array[int]"]:
    names = ("number", "port", "opened_ns", "closed_ns", "reason", "requests", "answered", "last_received_ns")
    # Another connection had the same port before.
    rows = [
        (6, 4000, -5000 * MS, -4000 * MS, POLICY, 9, 9, -4500 * MS),
        (7, 4000, -50 * MS, closed_ms * MS, reason, requests, len(answers), last_ms * MS),
    ]
    found = columns("server", names, rows)
    times = [(7, received * MS, at * MS) for received, at in answers]
    return found | columns("answer", ("connection", "received_ns", "written_ns"), times)


def closed(at_ms: int) -> dict[str, "array[int]"]:
    return columns("closing", ("at_ns", "connection"), [(at_ms * MS, 1)])


def test_a_connection_that_the_client_closed_after_giving_it_out_is_the_client_s_fault() -> None:
    row = failed("ReadError", given(10), closed(60), server(CLIENT, 61, (-40, -39), last_ms=-40))
    assert row.cause is Cause.CLOSED_BY_CLIENT
    assert (row.closed_first, row.given_ms, row.closed_ms) == ("client", 90.0, 40.0)
    assert row.served_before == 1


def test_a_connection_that_the_server_closed_first_is_not_the_client_s_fault() -> None:
    row = failed("ReadError", given(10), written(20), closed(60), server(POLICY, 15, (-40, -39), last_ms=-40))
    assert row.cause is Cause.CLOSED_BY_SERVER
    assert (row.closed_first, row.closed_ms, row.reached) == ("server", 85.0, False)


def test_what_the_client_closes_after_its_clock_ran_out_is_no_cause() -> None:
    row = failed("ReadTimeout", given(10), written(20), closed(100), server(CLIENT, 101))
    assert row.cause is Cause.SERVER_SILENT
    assert row.closed_first is None
    assert row.reached


def test_a_request_that_the_server_has_before_its_write_is_seen_to_end_is_that_request() -> None:
    """Another program had the core from the system call on."""
    row = failed("ReadTimeout", given(10), written(20, lasts_ms=15), server(-1, 0, (21, 60), last_ms=21))
    assert (row.cause, row.answered_ms, row.reached) == (Cause.LOOP_BUSY, 40.0, True)


@pytest.mark.parametrize(("answered_ms", "cause"), [(60, Cause.LOOP_BUSY), (105, Cause.SERVER_SILENT)])
def test_a_clock_ran_out_on_the_loop_only_where_the_answer_had_left_the_server(answered_ms: int, cause: Cause) -> None:
    row = failed("ReadTimeout", given(10), written(20), server(-1, 0, (21, answered_ms)))
    assert row.cause is cause
    assert row.answered_ms == (40.0 if cause is Cause.LOOP_BUSY else None)


def test_an_earlier_answer_on_the_connection_is_not_that_of_the_request() -> None:
    row = failed("ReadTimeout", given(10), written(20), server(-1, 0, (2, 4), requests=2, last_ms=21))
    assert row.cause is Cause.SERVER_SILENT
    assert row.served_before == 1


def test_a_clock_that_ran_out_in_the_queue_is_the_pool_s() -> None:
    assert failed("PoolTimeout").cause is Cause.NO_CONNECTION


def test_a_clock_that_ran_out_while_connecting_is_the_connect_s() -> None:
    marks = columns("mark", ("at_ns", "exchange", "kind"), [(5 * MS, 0, Mark.TCP_START)])
    assert failed("ConnectTimeout", marks).cause is Cause.CONNECTING


def test_an_answer_that_is_not_the_expected_one_is_no_fault_of_the_connection() -> None:
    row = failed("WrongStatus", given(10), written(20), closed(60), server(CLIENT, 61, (21, 22)))
    assert row.cause is Cause.ANSWER


def test_what_neither_end_recorded_is_not_known() -> None:
    assert failed("OSError").cause is Cause.UNKNOWN
