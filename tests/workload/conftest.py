"""The rule that no test leaves a process behind."""

import time
from collections.abc import Iterator

import pytest

from child_processes import children
from clientprof.origin.process import OriginProcess

WAIT_S = 5.0


@pytest.fixture
def no_process_left(origin: OriginProcess, tls_origin: OriginProcess) -> Iterator[None]:
    """After the test there are the processes that were there before, and no other."""
    before = children()
    yield
    limit_s = time.monotonic() + WAIT_S
    while (left := children() - before) and time.monotonic() < limit_s:
        time.sleep(0.05)
    assert left == set()
