"""The server's log of connections: who ended each, what was answered on it, by which port of the client."""

import http.client

import pytest

from clientprof.origin.process import OriginProcess


def ask(origin: OriginProcess, *paths: str) -> int:
    """Requests on one connection; the client's port."""
    connection = http.client.HTTPConnection("127.0.0.1", origin.ready.port)
    connection.connect()
    port = int(connection.sock.getsockname()[1])
    for path in paths:
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    return port


@pytest.mark.parametrize(("last", "reason", "answered"), [("/0", "client", 2), ("/0?close=1", "policy", 2)])
def test_a_connection_is_logged_with_who_ended_it_and_its_answers(
    origin: OriginProcess, last: str, reason: str, answered: int
) -> None:
    port = ask(origin, "/0", last)
    accounts = origin.connections()
    row = max((row for row in accounts.connections if row.port == port), key=lambda row: row.opened_ns)
    if row.reason:  # the end that the client makes may still be under way
        assert row.reason == reason
        assert row.opened_ns < row.last_received_ns <= row.closed_ns
    assert (row.requests, row.answered) == (2, answered)
    times = [(received, written) for number, received, written in accounts.answers if number == row.number]
    assert len(times) == 2
    assert all(received <= written for received, written in times)
    assert times[-1][0] == row.last_received_ns


def test_a_request_that_a_fault_answered_is_no_answer(origin: OriginProcess) -> None:
    with pytest.raises(ConnectionResetError):
        ask(origin, "/0", "/fault/reset")
    row = max(origin.connections().connections, key=lambda row: row.opened_ns)
    assert (row.reason, row.requests, row.answered) == ("fault", 2, 1)
