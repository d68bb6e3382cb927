"""The sampler's timer and signal belong to the program first: where it wants them itself, the sampler steps aside for
good."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.programs.sites import own_file


def watch_alarms(patches: Patches, step_aside: Callable[[str], None]) -> None:
    """``step_aside(why)`` is called before the program sets SIGALRM or its timer; calls of our own are not meant."""

    def wants_signal(args: Any) -> bool:
        return bool(args) and args[0] == signal.SIGALRM

    def wants_timer(args: Any) -> bool:
        return bool(args) and args[0] == signal.ITIMER_REAL

    def always(_args: Any) -> bool:
        return True

    wanted: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("signal", wants_signal), ("setitimer", wants_timer), ("alarm", always),
    )  # fmt: skip
    for name, wants in wanted:
        patches.set(signal, name, _watched(getattr(signal, name), wants, step_aside))


def watch_own_death(patches: Patches, ending: Callable[[str], None]) -> None:
    """``ending("signal")`` is called before the program sends itself a signal that kills it.

    Servers catch a signal, tidy up, and let the same signal kill them then; no exit function is called.
    """

    def deadly(number: Any) -> bool:
        try:
            return signal.getsignal(number) is signal.SIG_DFL and number not in _HARMLESS
        except (TypeError, ValueError):
            return False

    def raises(args: Any) -> bool:
        return bool(args) and deadly(args[0])

    def kills(args: Any) -> bool:
        return len(args) > 1 and args[0] == os.getpid() and deadly(args[1])

    def end(_why: str) -> None:
        ending("signal")

    patches.set(signal, "raise_signal", _watched(signal.raise_signal, raises, end))
    patches.set(os, "kill", _watched(os.kill, kills, end))


# Signals that do nothing, or stop for a while, where no handler is set.
_HARMLESS = frozenset(
    getattr(signal, name)
    for name in ("SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU")
    if hasattr(signal, name)
)


def _watched(original: Any, wants: Callable[[Any], bool], step_aside: Callable[[str], None]) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        if wants(args) and not own_file(sys._getframe(1).f_code.co_filename):
            step_aside("the program uses SIGALRM itself")
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise

    call.__name__ = call.__qualname__ = original.__name__
    call.__doc__ = original.__doc__
    call.__wrapped__ = original  # type: ignore[attr-defined]
    return call
