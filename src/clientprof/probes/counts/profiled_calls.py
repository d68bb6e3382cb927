"""Exact calls by ``sys.setprofile``, for Python 3.11, which has no ``sys.monitoring``; one thread, in simulated time only.

A call is what ``monitored_calls`` counts. Here every entry is heard of, also of a coroutine that goes on; the operand of its
RESUME tells the start.
"""

import sys
from collections import Counter
from collections.abc import Collection
from dis import opmap
from types import CodeType, FrameType
from typing import Any

from clientprof.model.samples import CodeLocation
from clientprof.probes.counts.client_code import ClientCode, is_generator
from clientprof.probes.locations import locate

_RESUME = opmap["RESUME"]
_SUSPENDABLE = 0x20 | 0x80 | 0x100 | 0x200  # coroutines and generators of every kind


class ProfiledCalls:
    """Counts calls between ``begin`` and ``end``, except between ``pause`` and ``resume``."""

    def __init__(self, modules: Collection[str]) -> None:
        self._client = ClientCode(modules)
        self._codes: dict[int, CodeType] = {}
        self._counts: dict[int, int] = {}
        self._counting = False

    def begin(self) -> None:
        self._counts = {identity: min(number, 0) for identity, number in self._counts.items()}
        self._counting = True
        sys.setprofile(self._event)

    def end(self) -> None:
        sys.setprofile(None)
        self._counting = False

    def pause(self) -> None:
        sys.setprofile(None)

    def resume(self) -> None:
        if self._counting:
            sys.setprofile(self._event)

    def counted(self) -> tuple[tuple[CodeLocation, int], ...]:
        found: Counter[CodeLocation] = Counter()
        for identity, number in self._counts.items():
            if number > 0:
                found[locate(self._codes[identity])] += number
        return tuple(sorted(found.items(), key=lambda row: (row[0].file, row[0].line, row[0].function)))

    def _event(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        number = self._counts.get(id(code))
        if number is None:
            self._codes[id(code)] = code
            number = 0 if self._client.has(code, frame) else -1
            self._counts[id(code)] = number
        if number < 0 or (code.co_flags & _SUSPENDABLE and not self._starts(frame, code)):
            return
        self._counts[id(code)] = number + 1

    @staticmethod
    def _starts(frame: FrameType, code: CodeType) -> bool:
        """Whether this entry counts: a generator's each, a coroutine's first."""
        last = frame.f_lasti
        return is_generator(code) or code.co_code[last : last + 2] == bytes((_RESUME, 0))
