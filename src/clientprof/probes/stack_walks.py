"""Walking the stacks of other threads, which go on meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collections() -> Iterator[None]:
    """Collect no garbage inside.

    Walking back a stack makes frame objects (CPython 3.11). A collection meanwhile runs Python code, callbacks of
    ``gc.callbacks`` or finalizers, and so may let the other thread go on, whose frames are then gone: a crash.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
