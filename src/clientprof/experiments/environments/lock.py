"""A lock between processes on one file; it ends with the process that holds it, however that ends."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_POLL_S = 0.2


class Locked(Exception):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def locked(file: Path, *, wait: bool = True, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock. ``on_wait`` is called once if another process holds it.

    Raises:
        Locked: another process holds it and ``wait`` is False.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    told = False
    try:
        while not _try(descriptor):
            if not wait:
                raise Locked(file.name)
            if not told:
                on_wait()
                told = True
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)  # releases it; the file stays, for whoever waits on it


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
