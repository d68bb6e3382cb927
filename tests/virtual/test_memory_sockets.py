"""A socket in memory does what a socket of the system does: windows, ends, resets, errors, readiness in order."""

import errno
import selectors
import socket
from collections.abc import Iterator

import pytest

from clientprof.virtual.agenda import Agenda
from clientprof.virtual.clock import VirtualClock
from clientprof.virtual.ends import WINDOW_BYTES, End
from clientprof.virtual.network import Network
from clientprof.virtual.readiness import MemoryPoll, MemorySelector, memory_select
from clientprof.virtual.sockets import MemorySocket, memory_pair

ADDRESS = ("127.0.0.1", 80)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    monkeypatch.setattr(MemorySocket, "network", found, raising=False)
    monkeypatch.setattr(MemoryPoll, "network", found, raising=False)
    return found


@pytest.fixture
def joined(network: Network) -> Iterator[tuple[MemorySocket, End]]:
    """A connected socket and the server's end."""
    ends: list[End] = []
    network.listen(ADDRESS, lambda end, there, here: ends.append(end))
    sock = MemorySocket(socket.AF_INET, socket.SOCK_STREAM)
    sock.connect(ADDRESS)
    yield sock, ends[0]
    sock.close()


def error_of(call: object, *arguments: object) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  # which one is what is asked
        call(*arguments)  # type: ignore[operator]
    return caught.value.errno


def test_a_socket_takes_as_much_as_the_window_and_then_would_block(joined: tuple[MemorySocket, End]) -> None:
    sock, server = joined
    assert sock.send(b"x" * (WINDOW_BYTES + 9)) == WINDOW_BYTES
    assert not sock.writable
    assert error_of(sock.send, b"y") == errno.EAGAIN
    assert server.take(7) == b"x" * 7
    assert sock.send(b"y" * 9) == 7


def test_what_was_sent_is_read_in_order_then_the_end(joined: tuple[MemorySocket, End]) -> None:
    sock, server = joined
    assert error_of(sock.recv, 10) == errno.EAGAIN
    server.send(b"abcdef")
    server.leave()
    buffer = bytearray(4)
    assert (sock.recv(2, socket.MSG_PEEK), sock.recv_into(buffer), bytes(buffer)) == (b"ab", 4, b"abcd")
    assert (sock.recv(10), sock.recv(10)) == (b"ef", b"")
    assert error_of(sock.send, b"x") == errno.EPIPE


def test_a_reset_is_an_error_once_and_then_the_end(joined: tuple[MemorySocket, End]) -> None:
    sock, server = joined
    server.leave(reset=True)
    assert error_of(sock.send, b"x") == errno.ECONNRESET
    assert error_of(sock.recv, 1) == errno.ECONNRESET
    assert sock.recv(1) == b""


def test_closing_with_unread_bytes_resets_the_other_side(joined: tuple[MemorySocket, End]) -> None:
    sock, server = joined
    server.send(b"unread")
    sock.close()
    assert server.broken
    assert sock.fileno() == -1
    assert error_of(sock.recv, 1) == errno.EBADF


def test_what_no_stream_in_memory_can_do_is_refused(network: Network) -> None:
    sock = MemorySocket()
    assert error_of(sock.connect, ("127.0.0.1", 81)) == errno.ECONNREFUSED
    assert sock.connect_ex(("127.0.0.1", 81)) == errno.ECONNREFUSED
    assert error_of(sock.recv, 1) == errno.ENOTCONN
    assert error_of(MemorySocket, socket.AF_INET, socket.SOCK_DGRAM) == errno.EAFNOSUPPORT
    with pytest.raises(socket.gaierror):
        network.resolve("example.org", 80)


def test_the_lowest_free_descriptor_is_given_again(network: Network) -> None:
    one, two = MemorySocket(), MemorySocket()
    numbers = one.fileno(), two.fileno()
    one.close()
    assert MemorySocket().fileno() == numbers[0]
    assert numbers[1] == numbers[0] + 1 > 100_000  # no descriptor of the system


def test_a_selector_reports_in_the_order_of_arrival_and_poll_and_select_agree(network: Network) -> None:
    pairs = [memory_pair() for _ in range(3)]
    selector = MemorySelector(network, VirtualClock(), Agenda())
    for number, (ours, _) in enumerate(pairs):
        selector.register(ours, selectors.EVENT_READ, number)
    for number in (2, 0):
        pairs[number][1].send(b"x")
    assert [key.data for key, _ in selector.select(0)] == [2, 0]
    poll = MemoryPoll()
    for ours, _ in pairs:
        poll.register(ours.fileno(), 1)
    assert [number for number, _ in poll.poll(0)] == [pairs[0][0].fileno(), pairs[2][0].fileno()]
    asked = [ours for ours, _ in pairs]
    assert memory_select(network)(asked, asked, [], 0) == ([asked[0], asked[2]], asked, [])
    selector.modify(pairs[1][0], selectors.EVENT_WRITE, 1)
    assert [key.data for key, _ in selector.select(0)] == [2, 0, 1]
    pairs[2][0].recv(1)
    pairs[0][1].close()
    assert [(key.data, events) for key, events in selector.select(0)] == [(0, 1), (1, 2)]
    selector.close()
