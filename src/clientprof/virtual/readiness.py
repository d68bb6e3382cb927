"""Readiness in memory: the event loop's selector, and ``select.select`` and ``select.poll`` for who asks by the way."""

import selectors
from collections.abc import Callable
from select import POLLIN, POLLNVAL, POLLOUT
from typing import Any

from clientprof.virtual.agenda import Agenda, wait_for
from clientprof.virtual.clock import VirtualClock
from clientprof.virtual.network import Network

# A look at the sockets takes so long, so that code which waits for a time and never for an event comes to its end.
_LOOK_NS = 1_000


def _nothing() -> None:
    """Nobody to tell."""


class MemorySelector(selectors.SelectSelector):
    """What has arrived, in the order of arrival, then what can be written. ``selects`` counts.

    ``outside`` is called before anything but the client runs, ``inside`` after it.
    """

    def __init__(self, network: Network, clock: VirtualClock, agenda: Agenda) -> None:
        super().__init__()
        self._network, self._clock, self._agenda = network, clock, agenda
        self._writing: dict[int, None] = {}
        self.selects = 0
        self.outside: Callable[[], None] = _nothing
        self.inside: Callable[[], None] = _nothing

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        if events & selectors.EVENT_WRITE:
            self._writing[key.fd] = None
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self._writing.pop(key.fd, None)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait in simulated time.

        Raises:
            NothingComes: nothing will ever happen.
        """
        self.selects += 1
        self.outside()
        try:
            return wait_for(self._look, timeout, self._clock, self._agenda, _LOOK_NS)
        finally:
            self.inside()

    def _look(self) -> list[tuple[selectors.SelectorKey, int]]:
        keys, arrivals = self.get_map(), self._network.arrivals
        found: dict[int, int] = {}
        for number in list(arrivals):
            sock = self._network.socket_of(number)
            if sock is None or not sock.readable:
                del arrivals[number]
            elif number in keys and keys[number].events & selectors.EVENT_READ:
                found[number] = selectors.EVENT_READ
        for number in self._writing:
            sock = self._network.socket_of(number)
            if sock is not None and sock.writable:
                found[number] = found.get(number, 0) | selectors.EVENT_WRITE
        return [(keys[number], events) for number, events in found.items()]


class MemoryPoll:
    """``select.poll``, by which httpcore asks whether an idle connection was closed."""

    network: Network

    def __init__(self) -> None:
        self._asked: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = POLLIN | POLLOUT) -> None:
        self._asked[_number(fd)] = eventmask

    modify = register

    def unregister(self, fd: Any) -> None:
        del self._asked[_number(fd)]

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """What is ready now; it does not wait."""
        found = []
        for number, asked in self._asked.items():
            sock = self.network.socket_of(number)
            ready = POLLNVAL if sock is None else POLLIN * sock.readable | POLLOUT * sock.writable
            if ready & (asked | POLLNVAL):
                found.append((number, ready & (asked | POLLNVAL)))
        return found


def memory_select(network: Network) -> Callable[..., tuple[list[Any], list[Any], list[Any]]]:
    """``select.select`` on that network; it does not wait."""

    def select(readers: Any, writers: Any, _others: Any, _timeout: float | None = None) -> tuple[list[Any], ...]:
        can_read = [each for each in readers if (sock := network.socket_of(_number(each))) and sock.readable]
        can_write = [each for each in writers if (sock := network.socket_of(_number(each))) and sock.writable]
        return can_read, can_write, []

    return select  # type: ignore[return-value]


def _number(fd: Any) -> int:
    return fd if isinstance(fd, int) else int(fd.fileno())
