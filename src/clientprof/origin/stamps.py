"""The stamps that every response carries: when the server had the request, and when it began to answer."""

import time
from email.utils import formatdate

from clientprof.recording.clock import STAMP_HEADER, clock_identity, parse_stamps

__all__ = ["STAMP_HEADER", "Stamper", "clock_identity", "parse_stamps"]


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
        second = written_ns // 1_000_000_000
        if second != self._date_second:  # RFC 9110 6.6.1 wants a Date; formatting one costs more than the rest
            self._date_second = second
            self._date = formatdate(time.time(), usegmt=True).encode("ascii")
        ms, us = divmod((written_ns - received_ns) // 1_000, 1_000)
        return b"x-clientprof-ns: %d,%d,%b\r\nServer-Timing: app;dur=%d.%03d\r\nDate: %b\r\n" % (
            received_ns,
            written_ns,
            self._identity,
            ms,
            us,
            self._date,
        )
