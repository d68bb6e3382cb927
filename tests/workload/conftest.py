"""The rule that no test leaves a process behind."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clientprof.origin.process import OriginProcess

WAIT_S = 5.0


def children() -> set[int]:
    """Processes whose parent is this one, zombies included: somebody should have waited for them."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if stat and int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid():
            found.add(int(entry.name))
    return found


@pytest.fixture
def no_process_left(origin: OriginProcess, tls_origin: OriginProcess) -> Iterator[None]:
    """After the test there are the processes that were there before, and no other."""
    before = children()
    yield
    limit_s = time.monotonic() + WAIT_S
    while (left := children() - before) and time.monotonic() < limit_s:
        time.sleep(0.05)
    assert left == set()
