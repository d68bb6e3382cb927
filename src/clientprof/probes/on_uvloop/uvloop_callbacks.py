"""Callbacks on uvloop, each called through a function of ours that knows when it begins and ends.

``call_soon`` and ``call_later`` are the hot ones: the function goes to uvloop with the callback among its arguments, which
saves making an object a callback. Where uvloop prints what it was given, it must still print the callback itself: so the
function is inside a ``Caller``, which takes the looks of the callback that has just failed. With the loop in debug mode
uvloop prints more, and callbacks go in a ``WrappedCallback`` each.
"""

import functools
from collections.abc import Callable
from time import perf_counter_ns
from types import CodeType
from typing import Any

# The functions that uvloop's C code calls: the first Python after it.
ENTRIES: set[CodeType] = set()


def entry(function: Any) -> Any:
    """Note that uvloop calls this function."""
    ENTRIES.add(function.__code__)
    return function


class Caller(functools.partial[Any]):
    """Calls whatever callback is among the arguments; looks like the last one that raised."""

    failed: Any = None

    def __repr__(self) -> str:
        return repr(self.failed)

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.failed, name)


class WrappedCallback(functools.partial[Any]):
    """One callback, the last of the arguments, in the function that calls it; looks like that callback."""

    def __repr__(self) -> str:
        return repr(self.args[-1])

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.args[-1], name)


def due_ns(called_ns: int, delay_s: float) -> int:
    """When a timer is due that was asked for then. libuv counts whole milliseconds."""
    return (called_ns // 1_000_000 + round(delay_s * 1000)) * 1_000_000


def is_timer(delay_s: float) -> bool:
    """Whether it takes a timer; what is due in less than half a millisecond is queued at once."""
    return round(delay_s * 1000) > 0


def fast_calls(
    run_soon: Any, run_timer: Any, plain_soon: Any, plain_later: Any, steps: Any
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``call_soon`` and ``call_later`` of one loop, to be set on the loop itself."""
    soon, timer = Caller(run_soon), Caller(run_timer)
    steps.callers = (soon, timer)

    def call_soon(callback: Any, *args: Any, context: Any = None) -> Any:
        steps.queued = number = steps.queued + 1
        return plain_soon(soon, perf_counter_ns(), number, callback, *args, context=context)

    def call_later(delay: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        if delay < 0.001 and not is_timer(delay):
            return call_soon(callback, *args, context=context)
        return plain_later(delay, timer, perf_counter_ns(), delay, callback, *args, context=context)

    return call_soon, call_later
