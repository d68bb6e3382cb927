"""Waiting for sockets, told to the sampler by the selector itself."""

import selectors
import sys
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Protocol


@dataclass(slots=True)
class WaitAccount:
    """What the sampler knows of the waits of one round; thread CPU in nanoseconds.

    ``rest_ns`` belongs to no stack yet, ``garbage_ns`` went to collections meanwhile, ``selector_ns`` to selects that could
    block, called by ``caller``. ``waited`` is True from a wait to the next sample.
    """

    waited: bool = False
    rest_ns: int = 0
    garbage_ns: int = 0
    selector_ns: int = 0
    caller: CodeType | None = None


class Waiter(Protocol):
    """What wants to know of waits: the sampler."""

    @property
    def running(self) -> bool: ...

    def begin_wait(self) -> None: ...

    def end_wait(self, caller: FrameType) -> None: ...


class ReportingSelector(selectors.DefaultSelector):
    """The platform's selector; each select that is allowed to block is reported, at two reads of the CPU clock."""

    def __init__(self, waiter: Waiter) -> None:
        super().__init__()
        self._waiter = waiter

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is not None and timeout <= 0) or not self._waiter.running:
            return super().select(timeout)
        self._waiter.begin_wait()
        try:
            return super().select(timeout)
        finally:
            self._waiter.end_wait(sys._getframe(1))
