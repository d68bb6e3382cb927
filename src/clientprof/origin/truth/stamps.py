"""The stamps that every response carries: when the server had the request, and when it began to answer.

The header leaves with the first bytes of the body, so its second stamp is of the first write. When the last piece of
a body sent in time left is in the journal (``stream_ns``), not in the response.
"""

import time
from email.utils import formatdate

from clientprof.origin.answers.request import Received
from clientprof.recording.clock import STAMP_HEADER, clock_identity, parse_stamps

__all__ = [
    "RECEIVED_HEADER",
    "STAMP_HEADER",
    "Stamper",
    "clock_identity",
    "parse_stamps",
    "received_line",
    "received_value",
]

RECEIVED_HEADER = "x-clientprof-received"


def received_line(received: Received) -> bytes:
    """The header line, with its CRLF, that tells the client what arrived of its body: ``<bytes> <SHA-256>``."""
    return b"%b: %b\r\n" % (RECEIVED_HEADER.encode(), received_value(received))


def received_value(received: Received) -> bytes:
    """The value of ``RECEIVED_HEADER``."""
    return b"%d %b" % (received.size_bytes, received.sha256.encode())


class Stamper:
    """Builds the header lines that differ from response to response."""

    def __init__(self, identity: str) -> None:
        self._identity = identity.encode("ascii")
        self._date_second = -1
        self._date = b""

    def lines(self, received_ns: int, written_ns: int) -> bytes:
        """Header lines, each with its CRLF: the stamps, their difference in ms as Server-Timing, and Date.

        Both arguments are ``time.perf_counter_ns`` readings. Source of the second line: W3C Server Timing.
        """
        return b"x-clientprof-ns: %b\r\nServer-Timing: %b\r\nDate: %b\r\n" % self.values(received_ns, written_ns)

    def values(self, received_ns: int, written_ns: int) -> tuple[bytes, bytes, bytes]:
        """The values of the three: stamps, Server-Timing and Date."""
        second = written_ns // 1_000_000_000
        if second != self._date_second:  # RFC 9110 6.6.1 wants a Date; formatting one costs more than the rest
            self._date_second = second
            self._date = formatdate(time.time(), usegmt=True).encode("ascii")
        ms, us = divmod((written_ns - received_ns) // 1_000, 1_000)
        stamps = b"%d,%d,%b" % (received_ns, written_ns, self._identity)
        return stamps, b"app;dur=%d.%03d" % (ms, us), self._date
