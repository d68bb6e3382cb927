"""SIGTERM and SIGHUP end a command as Ctrl-C does: what was measured is kept.

Batch systems, ``timeout`` and service managers send SIGTERM, a closing terminal SIGHUP. The exit code tells them apart, as
shells do: 128 and the signal's number.
"""

import contextlib
import signal
import time
from types import FrameType
from typing import Self

INTERRUPTED = 130
_NAMES = ("SIGTERM", "SIGHUP")
# ``timeout`` sends to the process and to its group: the second signal is the first again, and must not end the writing.
_SAME_S = 1.0


class EndingSignals:
    """Within this context the signals raise ``KeyboardInterrupt``; one that is ignored (``nohup``) or caught stays so."""

    def __init__(self) -> None:
        self._before: list[int] = []
        self._came: int | None = None
        self._at_s = 0.0

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                with contextlib.suppress(ValueError):  # not in the main thread
                    signal.signal(number, self._on_signal)
                    self._before.append(number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_DFL)
        self._before.clear()

    def code(self, code: int) -> int:
        """The exit code of a command that returned this one."""
        return code if self._came is None or code != INTERRUPTED else 128 + self._came

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self._came is not None and now_s - self._at_s < _SAME_S:
            return
        self._came, self._at_s = number, now_s
        raise KeyboardInterrupt
