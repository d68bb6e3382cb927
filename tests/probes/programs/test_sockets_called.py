"""urllib3-future calls sockets itself: a thread that reads or writes so waits for the network, an event loop does not."""

import socket
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.clients.programs.requests_calls import NIQUESTS, REQUESTS, URLLIB3
from clientprof.model.run import Blocking
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.seam_stamps import SeamStamps

NUMBER = 7


class Spans:
    """Where spans are written: (exchange, kind) of each."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int]] = []

    def add(self, row: tuple[int, ...]) -> None:
        self.rows.append((row[4], row[5]))


@pytest.fixture
def spans() -> Iterator[Spans]:
    made = Spans()
    opened = SimpleNamespace(number=NUMBER, lane=SimpleNamespace(spans=made))
    exchanges: Any = SimpleNamespace(live={NUMBER: opened}, detailed={NUMBER: opened})
    patches, failures = Patches(), Failures()
    stamps = SeamStamps(exchanges, patches, failures)
    # Once for each of the two names that it may have.
    stamps.on_urllib3_future()
    stamps.on_urllib3_future()
    yield made
    patches.restore()
    assert not failures.notes
    assert "recv" not in vars(socket.socket)
    assert ssl.SSLSocket.recv.__module__ == "ssl"


def test_a_blocking_socket_waits_once_for_each_call(spans: Spans) -> None:
    here, there = socket.socketpair()
    token = EXCHANGE.set(NUMBER)
    with here, there:
        here.sendall(b"asked")
        assert there.recv(64) == b"asked"
    EXCHANGE.reset(token)
    assert spans.rows == [(NUMBER, Blocking.WRITE), (NUMBER, Blocking.READ)]


def test_sockets_that_do_not_block_and_those_outside_of_calls_are_left_alone(spans: Spans) -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"of the program's own")
        token = EXCHANGE.set(NUMBER)
        there.setblocking(False)
        assert there.recv(64) == b"of the program's own"
        with pytest.raises(BlockingIOError) as raised:
            there.recv(64)
        EXCHANGE.reset(token)
    assert spans.rows == []
    assert raised.traceback[-1].path == raised.traceback[0].path, "no frame of ours is seen"


def test_all_blocking_clients_on_urllib3_wait_in_the_pool_of_whichever_is_installed() -> None:
    for observed in (*REQUESTS, *URLLIB3, NIQUESTS[0]):
        targets = [wait.target for wait in observed.tables().waits if wait.kind == Blocking.POOL]
        assert any("traffic_police" in target for target in targets), observed.client
        assert len(targets) == len(set(targets))
