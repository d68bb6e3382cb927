"""Threads of the operating system, and the greenlets that gevent and eventlet put in their place.

``gevent.monkey.patch_all()`` replaces ``threading`` and ``_thread`` in part: a greenlet is then a thread by its identity,
and all of them share one clock and one stack of the interpreter. Clocks and frames are asked for by the identity that the
interpreter knows.
"""

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any


def _real_ident() -> Callable[[], int]:
    """The interpreter's own function, also where gevent or eventlet came first."""
    monkey: Any = sys.modules.get("gevent.monkey")
    found: Callable[[], int] = _thread.get_ident if monkey is None else monkey.get_original("_thread", "get_ident")
    return found


thread_ident = _real_ident()
_PATCHERS = (("gevent", "gevent.monkey", "is_module_patched"), ("eventlet", "eventlet.patcher", "is_monkey_patched"))


def in_main_thread() -> bool:
    """Whether this is the main thread, in whichever greenlet: by the system's number, which gevent leaves alone."""
    return threading.get_native_id() == threading.main_thread().native_id


def greenlets_of() -> str:
    """The library whose greenlets blocking calls give way to here: ``gevent``, ``eventlet``, or empty for none."""
    for library, module, asked in _PATCHERS:
        # While another thread imports it, the module is there and empty.
        patched = getattr(sys.modules.get(module), asked, None)
        if patched is not None and patched("socket"):
            return library
    return ""


def threads_share_interpreter() -> bool:
    """Whether one thread at a time has the interpreter: not so on free-threaded builds (CPython 3.13 and newer)."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
