"""What a client's TLS costs in CPU, part by part: the client itself, contexts, trust stores, handshakes."""

from dataclasses import dataclass
from enum import IntEnum

from clientprof.model.estimate import Estimate


class TlsWork(IntEnum):
    """What a stretch of a thread's CPU went to; each without the others that lie inside it."""

    CLIENT = 1
    CONTEXT = 2
    STORE = 3
    WRAP = 4
    HANDSHAKE = 5


@dataclass(frozen=True, slots=True)
class TlsPart:
    """One part: how often it was done in the rounds, and its CPU each time. Of handshakes, all steps of one are one."""

    work: TlsWork
    count: int
    cpu_us_each: Estimate


@dataclass(frozen=True, slots=True)
class TlsCosts:
    """All parts, over that many ``requests``. ``handshakes`` finished, ``resumed`` of them took up an earlier session.

    ``growth`` is the log-log slope of a connection's TLS cost (store, wrapping, handshake) over how many were made before
    it, None with fewer than 30 connections: 0 where the hundredth costs what the first did.
    """

    requests: int
    parts: tuple[TlsPart, ...]
    handshakes: int
    resumed: int
    growth: Estimate | None

    def self_check(self) -> None:
        """Assert that it adds up.

        Raises:
            AssertionError: it does not.
        """
        assert 0 <= self.resumed <= self.handshakes, "more sessions resumed than handshakes done"
        assert all(part.count > 0 and part.cpu_us_each.value >= 0 for part in self.parts), "a part without work"
