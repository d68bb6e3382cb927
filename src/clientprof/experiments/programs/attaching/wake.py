"""Waking a thread that waits in the kernel, unseen by the program and its parent.

A process that waits in ``select`` or ``epoll`` runs no Python, so ``sys.remote_exec`` waits too. A tracer's interruption
(ptrace(2), PTRACE_SEIZE and PTRACE_INTERRUPT) makes ``epoll_wait`` return EINTR, as a signal would (signal(7)); no handler
runs and the parent hears nothing. CPython then looks for what it has to do and waits on (PEP 475). uvloop's C code waits on
without a look.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_WALL = 0x40000000


def wake(pid: int) -> bool:
    """Interrupt what the main thread of the process waits for; False where that is not possible."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    except (OSError, AttributeError):
        return False
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    if ptrace(_SEIZE, pid, None, None):
        return False
    stopped = False
    try:
        if ptrace(_INTERRUPT, pid, None, None) == 0:
            os.waitpid(pid, _WALL)
            stopped = True
    except ChildProcessError:
        pass  # it has ended
    finally:
        with contextlib.suppress(OSError):
            ptrace(_DETACH, pid, None, None)
    return stopped


def waits_in(pid: int) -> str | None:
    """What the main thread waits in, and what brings it to Python again, in words; None where it does not wait, or nobody
    can tell."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        place = Path(f"/proc/{pid}/wchan").read_text(encoding="ascii", errors="replace")
    except (OSError, IndexError):
        return None
    if state in ("T", "t"):
        return "has been stopped by a signal; the instruments go in when it goes on (kill -CONT)"
    if state not in ("S", "D"):
        return None
    for part, words in _WAITS:
        if part in place:
            return words
    return f"waits in the kernel; {_SOON}"


_SOON = "the instruments go in as soon as it runs Python again"
_REQUEST = f"{_SOON}, with the next request for instance"
_WAITS = (
    ("ep_poll", f"waits for sockets or timers (epoll); {_REQUEST}"),
    ("poll", f"waits for sockets or timers (poll); {_REQUEST}"),
    # Whoever waits for a thread to end waits for a lock, and may do so for as long as the program runs.
    ("futex", "waits for a lock, or for another thread to end; the instruments go in only when it has got that. If that is "
     "when the program ends, start it with `clientprof run`"),
    ("nanosleep", f"sleeps; {_SOON}"), ("wait", f"waits for a child process or a socket; {_REQUEST}"),
    ("pipe", f"waits for a pipe; {_SOON}"), ("recv", f"waits for a socket; {_REQUEST}"),
    ("accept", f"waits for a connection; {_REQUEST}"),
)  # fmt: skip
