"""What probes may patch, looked at before and after every test here: nothing may be left behind."""

import gc
import signal
import sys
from collections.abc import Iterator

import pytest

from patchable_attributes import monitoring_tools, snapshot


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """After the test every patchable attribute, hook and signal handler is the very object it was before."""
    attributes = snapshot()
    finders, callbacks = list(sys.meta_path), list(gc.callbacks)
    tools = monitoring_tools()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)}
    yield
    after = snapshot()
    changed = [key for key, value in attributes.items() if after.get(key, None) is not value]
    modules = {repr(module) for module in sys.modules.values()}
    added = [key for key in after.keys() - attributes.keys() if key[0] not in modules]
    assert changed == []
    assert added == []
    assert sys.meta_path == finders
    assert gc.callbacks == callbacks
    assert monitoring_tools() == tools
    assert {number: signal.getsignal(number) for number in handlers} == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
