"""What a task awaits: from coroutine to coroutine, down to what the loop wakes it for."""

import gc
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.programs.sites import package_of

_MOST = 80
_BELOW_CLIENTS = ("anyio", "trio")
_WRAPPERS = ("async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper")


def awaited_by(task: Any) -> Iterator[tuple[Any, FrameType]]:
    """The coroutines, generators and asynchronous generators of the task's chain of awaits with their frames, its own first,
    up to what has none."""
    # asyncio's tasks have a method for it, trio's an attribute.
    get = getattr(task, "get_coro", None)
    awaited = task.coro if get is None else get()
    for _ in range(_MOST):
        frame = _frame(awaited)
        if frame is None:
            return
        yield awaited, frame
        awaited = _next(awaited)


def is_below_clients(code: CodeType) -> bool:
    """Whether it is of a package that stands below clients, and above a program's tasks: its groups run them, and its locks
    and limiters may be a program's."""
    return package_of(code.co_filename) in _BELOW_CLIENTS


def _frame(awaited: Any) -> FrameType | None:
    """The frame of a coroutine, a generator or an asynchronous generator; None of anything else."""
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(awaited, name, None)
        if frame is not None:
            return frame  # type: ignore[no-any-return]
    return None


def _next(awaited: Any) -> Any:
    for name in ("cr_await", "gi_yieldfrom", "ag_await"):
        found = getattr(awaited, name, None)
        if found is not None:
            return _seen_through(found)
    return None


def _seen_through(awaited: Any) -> Any:
    """What the interpreter's own wrappers of a step of an asynchronous generator, and of a coroutine, have inside."""
    if type(awaited).__name__ not in _WRAPPERS:
        return awaited
    return next((each for each in gc.get_referents(awaited) if _frame(each) is not None), None)
