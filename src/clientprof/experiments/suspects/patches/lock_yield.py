"""A free lock is taken at once: anyio's own ``fast_acquire``, which httpcore2 asks for.

Without it ``anyio.Lock.acquire`` gives the loop away once after it has taken a free lock.
"""

import importlib
import inspect
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such lock, or it is taken at once already."""
    sync = importlib.import_module(f"{root}._synchronization")
    anyio = importlib.import_module("anyio")
    if "fast_acquire" not in inspect.signature(anyio.Lock.__new__).parameters:
        raise LookupError("anyio.Lock that can be taken at once")
    if not hasattr(sync, "AsyncLock") or "fast_acquire" in inspect.getsource(sync.AsyncLock):
        raise LookupError(f"lock of {root} that yields")
    original = sync.AsyncLock.setup

    def setup(self: Any) -> None:
        original(self)
        if hasattr(self, "_anyio_lock"):
            self._anyio_lock = anyio.Lock(fast_acquire=True)

    sync.AsyncLock.setup = setup
