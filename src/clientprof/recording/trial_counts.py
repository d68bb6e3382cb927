"""What a process of a tried program has done so far: a few integers in a file that it shares with whoever watches.

They are written whenever a request ends, and survive any end of the process.
"""

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

_FORM = struct.Struct("=8q")
_ATTEMPTS = 50
SUFFIX = ".counts"


class TrialCounts(NamedTuple):
    """``started``, ``ended``, ``failed`` and ``http2`` count requests (``http2``: answered over HTTP/2). The clocks are
    those at the start of the first request and at the end of the last: ``perf_counter_ns``, and CPU of the process."""

    started: int = 0
    ended: int = 0
    failed: int = 0
    http2: int = 0
    first_ns: int = 0
    first_cpu_ns: int = 0
    last_ns: int = 0
    last_cpu_ns: int = 0


class CountsFile:
    """The file of one process, written in place."""

    def __init__(self, path: str) -> None:
        """Raises: OSError: it cannot be made."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.truncate(descriptor, _FORM.size)
            self._memory = mmap.mmap(descriptor, _FORM.size)
        finally:
            os.close(descriptor)

    def write(self, *counts: int) -> None:
        """All eight, in the order of ``TrialCounts``."""
        _FORM.pack_into(self._memory, 0, *counts)


def read_counts(path: Path) -> TrialCounts:
    """What the process has written last. It may be writing just now: two readings in a row must agree.

    Raises:
        OSError, struct.error: there is no such file, or it is too short yet.
    """
    before = path.read_bytes()
    for _ in range(_ATTEMPTS):
        now = path.read_bytes()
        if now == before:
            break
        before = now
    return TrialCounts(*_FORM.unpack(before[: _FORM.size]))
