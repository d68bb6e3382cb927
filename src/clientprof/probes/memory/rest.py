"""Whether a process has come to rest: every thread of it but the asking one waits for something outside."""

import os
import threading
import time
from collections.abc import Callable

# So often in a row it must be found waiting, so far apart.
_LOOKS, _APART_S = 10, 0.01
# Where threads cannot be looked at, the process's clock must not have gone on by more than this beyond our own.
_CPU_NS = 1_000_000


def wait_for_rest(until: Callable[[], bool], over: Callable[[], bool], *, most_s: float) -> bool:
    """Wait until ``until()`` holds and all other threads sleep, ten times in a row; False after ``most_s`` seconds, and when
    it is ``over``.

    A thread that is ready but has no core is not asleep, so a busy machine makes this later and not wrong.
    """
    deadline = time.monotonic() + most_s
    looks = 0
    cpu_ns = _others_cpu_ns()
    while looks < _LOOKS:
        if over() or time.monotonic() > deadline:
            return False
        time.sleep(_APART_S)
        now_ns = _others_cpu_ns()
        rests = until() and now_ns - cpu_ns < _CPU_NS and _asleep()
        looks = looks + 1 if rests else 0
        if not rests:
            cpu_ns = now_ns
    return True


def _others_cpu_ns() -> int:
    return time.process_time_ns() - time.thread_time_ns()


def _asleep() -> bool:
    """Whether all other threads sleep; True where the system does not tell."""
    mine = str(threading.get_native_id())
    try:
        tasks = [name for name in os.listdir("/proc/self/task") if name != mine]
        return all(_state(f"/proc/self/task/{name}/stat") in "SI" for name in tasks)
    except OSError:
        return True


def _state(path: str) -> str:
    with open(path, "rb") as file:
        # The second field is the thread's name in parentheses, which may hold anything.
        return file.read().rpartition(b")")[2].split()[0].decode()
