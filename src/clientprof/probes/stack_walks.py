"""Walking the stacks of other threads, which go on meanwhile."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from clientprof.probes.real_threads import thread_ident


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


def frames_of_others() -> dict[int, FrameType]:
    """The frame of each thread but the calling one, by its identity.

    With its own, a function that has them in a variable would be in a cycle: their frames, and whatever is in variables of
    the functions that have returned meanwhile, would live until garbage is collected. A program would notice: a response
    that it lets go of would keep its connection.
    """
    frames = sys._current_frames()
    frames.pop(thread_ident(), None)
    return frames
