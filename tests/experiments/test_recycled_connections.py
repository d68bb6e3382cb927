"""A server that closes each connection after ten answers, and clients that wait for that or do not."""

import socket
import time

import pytest

from client_results import client, counter
from clientprof.experiments.origin_truth import told_by
from clientprof.experiments.scenarios.recycle import LOAD, opened
from clientprof.model.run import OriginTruth
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess

REQUEST = b"GET /16 HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS = 40


def load(port: int, each: int) -> None:
    """``REQUESTS`` requests, ``each`` of them on a connection, which is then closed unless the server has closed it."""
    for _ in range(REQUESTS // each):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            for _ in range(each):
                wire.sendall(REQUEST)
                assert wire.recv(65_536).startswith(b"HTTP/1.1 200")


def told_of(each: int) -> OriginTruth:
    with OriginProcess(Options(max_requests_per_connection=LOAD.close_after)) as origin:
        before = origin.journal()
        load(origin.ready.port, each)
        for _ in range(500):
            journal = origin.journal().since(before)
            if sum(journal.closes.values()) == REQUESTS // each:
                break
            time.sleep(0.01)
        return told_by(journal, LOAD.close_after)


@pytest.mark.parametrize(("each", "accepts", "by_client"), [(1, 40, 40), (5, 8, 8), (10, 4, 0)])
def test_whatever_the_client_does_four_connections_are_needed_for_forty_requests(
    each: int, accepts: int, by_client: int
) -> None:
    truth = told_of(each)
    assert (truth.accepts, truth.closed_by_client, truth.connections_needed) == (accepts, by_client, 4.0)


def test_the_scenario_tells_needed_connections_apart_from_those_that_the_client_gave_up() -> None:
    accepted = counter("connections_accepted_per_1000_requests", 698.0, 100.0)
    closed = counter("connections_closed_by_client_per_1000_requests", 650.4, 0.0)
    told = "httpx 0.28.1 opened 698 connections per 1000 requests, of which the server's closing makes 100 necessary"
    assert opened(client(counters=(accepted, closed))) == f"{told}; the client closed 650 itself"
    assert opened(client(counters=(accepted,))) == told
    assert opened(client()) is None
