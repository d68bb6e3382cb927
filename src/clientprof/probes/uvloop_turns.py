"""uvloop's turns as Python can know them: when a callback is under way, and when the loop may wait.

uvloop is C, but all Python code that it runs is handed to it by a method that a subclass can override: ``call_soon`` and
its like, ``add_reader``, and the factories of protocols. Each such callback is wrapped, so it is known when it begins and
ends. Callbacks queued by ``call_soon`` are numbered, and a loop runs them in order: when the last one that was queued has
ended, uvloop may wait. What it does between two callbacks is C code: the select, receiving, its queue.

Known limit: nobody hears of a callback that was cancelled in the queue. Where it was the last one, the loop's next wait is
not told, and the sampler's timer runs on during that wait.
"""

import functools
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Protocol

C_CODE = "C code between callbacks"


class Waiter(Protocol):
    """What wants to know of waits: the sampler."""

    @property
    def running(self) -> bool: ...

    def begin_wait(self) -> None: ...

    def end_wait_in(self, code: CodeType) -> None: ...


class WrappedCallback(functools.partial[Any]):
    """A callback in its wrapper; whoever looks at it, a log or an error report, sees the callback itself."""

    def __repr__(self) -> str:
        return repr(self.args[-1])

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.args[-1], name)


class Turns:
    """What one loop runs just now. ``open``: one of its callbacks is under way; ``waits`` hears when it may wait.

    ``begin_read`` and ``begin_other`` are for callbacks that uvloop calls itself; ``end`` ends them.
    """

    def __init__(self, native: CodeType, waits: Waiter | None = None) -> None:
        """``native`` is the code object that stands for uvloop's C code."""
        self.native = native
        self.open = False
        self.running = True
        self.queued = 0
        self.ran = 0
        self._wanted = waits
        self._waits: Waiter | None = None
        self._may_wait = False
        self._told = False

    def enter(self) -> None:
        """The loop begins to run, in this thread."""
        self._waits = self._wanted if threading.current_thread() is threading.main_thread() else None

    def leave(self) -> None:
        """It has stopped running."""
        if self._may_wait:
            self._woken()

    def close_step(self) -> None:
        """What follows in the callback under way is the loop's own. For round boundaries."""

    def soon(self, callback: Callable[..., object]) -> WrappedCallback:
        """Wrap a callback that is about to be queued in the loop's thread."""
        self.queued = number = self.queued + 1
        return WrappedCallback(self._run_soon, number, callback)

    def from_thread(self, callback: Callable[..., object]) -> WrappedCallback:
        """Wrap one that another thread may be queuing."""
        return WrappedCallback(self._run, callback)

    def timer(self, _delay_ms: int, callback: Callable[..., object]) -> WrappedCallback:
        """Wrap one that is due later."""
        return WrappedCallback(self._run, callback)

    def ready(self, callback: Callable[..., object]) -> WrappedCallback:
        """Wrap what is called when a file descriptor is ready."""
        return WrappedCallback(self._run, callback)

    def _run_soon(self, number: int, callback: Callable[..., object], *args: Any) -> None:
        if self._may_wait:
            self._woken()
        self.ran = number
        self.open = True
        try:
            callback(*args)
        finally:
            self.open = False
            if number == self.queued:
                self._waits_now()

    def _run(self, callback: Callable[..., object], *args: Any) -> None:
        self.begin_other()
        try:
            callback(*args)
        finally:
            self.end()

    def begin_read(self, _link: Any) -> None:
        """A callback of a connection begins, for what came in on it."""
        self.begin_other()

    def begin_other(self, _link: Any = None) -> None:
        """Another callback begins that uvloop calls itself."""
        if self._may_wait:
            self._woken()
        self.open = True

    def written(self, link: Any, started_ns: int, *, held_back: bool) -> None:
        """A write on a connection has returned; ``held_back`` if uvloop still has what was written."""

    def end(self) -> None:
        """It has ended."""
        self.open = False
        if self.ran == self.queued:
            self._waits_now()

    def _waits_now(self) -> None:
        """Nothing that we know of is in the queue: from now on the loop may wait."""
        self._may_wait = True
        waits = self._waits
        if waits is not None and waits.running:
            self._told = True
            waits.begin_wait()

    def _woken(self) -> None:
        self._may_wait = False
        if self._told and self._waits is not None:
            self._told = False
            self._waits.end_wait_in(self.native)

    def in_native(self, frame: FrameType | None) -> CodeType | None:
        """The code that stands for uvloop's, if the signal that found this frame came while uvloop itself ran.

        Python handles a signal at the first instruction of the next function that it enters: a wrapper here. Where there is
        none, ``run_forever`` is the innermost frame.
        """
        if self.open or frame is None:
            return None
        code = frame.f_code
        if code in ENTRIES and (code in _LOOPS or frame.f_lineno == code.co_firstlineno):
            return self.native
        return None


# The functions that uvloop's C code calls, and those that stand for it where it calls nothing.
_LOOPS: set[CodeType] = set()
ENTRIES: set[CodeType] = {Turns._run_soon.__code__, Turns._run.__code__}


def entry(function: Any, *, loops: bool = False) -> Any:
    """Note that uvloop calls this function, or with ``loops`` that uvloop runs inside it."""
    ENTRIES.add(function.__code__)
    if loops:
        _LOOPS.add(function.__code__)
    return function
