"""Who closed connections between requests, and whether a clock or want of room did, from small logs made by hand."""

from array import array

import pytest

from clientprof.attribution.failures.closings import closings_of
from clientprof.model.close_reasons import CLIENT, IDLE, POLICY, place_of
from clientprof.model.failures import Closings, Idleness
from clientprof.model.run import RoundKind
from recordings import columns, exchanges, rounds, run_of

MS = 1_000_000
NONE = Idleness(0, 0)


def closings(*rows: tuple[str, int, int], answers: tuple[tuple[int, int], ...] = ()) -> Closings | None:
    """Of connections (who closed, last request in ms, closed in ms) in a load of 20 s; answers are (row, written in ms)."""
    log = [(n, 1 * MS, at * MS, place_of(by), 1, 1, last * MS) for n, (by, last, at) in enumerate(rows, 1)]
    names = ("number", "opened_ns", "closed_ns", "reason", "requests", "answered", "last_received_ns")
    written: dict[str, array[int]] = columns(
        "answer", ("connection", "received_ns", "written_ns"), [(n, at * MS, at * MS) for n, at in answers]
    )
    return closings_of(
        run_of(
            rounds((RoundKind.MEASURED, 0, 1, 0, 20_000 * MS)), exchanges((1, 20_000 * MS, 0)),
            columns("server", names, log), written,
        )
    )  # fmt: skip


def test_connections_that_were_idle_for_seconds_were_closed_by_a_clock() -> None:
    found = closings((CLIENT, 100, 5_200), (CLIENT, 200, 6_200), (CLIENT, 300, 310), (IDLE, 400, 3_400))
    assert found == Closings(Idleness(3, 2, 5.1, 5.55), Idleness(1, 1, 3.0, 3.0))
    assert found.by_client.by_clock


def test_connections_that_were_in_use_a_moment_ago_were_closed_for_want_of_room() -> None:
    found = closings((CLIENT, 100, 110), (CLIENT, 200, 210), (CLIENT, 300, 5_400))
    assert found is not None
    assert not found.by_client.by_clock


def test_a_connection_is_idle_from_its_last_answer_on_and_not_from_its_last_request() -> None:
    found = closings((CLIENT, 100, 5_200), answers=((1, 5_100), (1, 90), (7, 5_190)))
    assert found == Closings(Idleness(1, 0), NONE)


@pytest.mark.parametrize("row", [(CLIENT, 100, 25_000), (POLICY, 100, 9_000), (CLIENT, 100, 0)])
def test_the_clients_end_what_a_server_closes_by_policy_and_open_connections_are_none_of_it(
    row: tuple[str, int, int],
) -> None:
    assert closings(row) == Closings(NONE, NONE)


def test_without_a_log_nobody_knows() -> None:
    assert closings() is None
