"""The system calls of trio's sockets, between a task's steps: where bytes are sent and received.

trio has no transport that reads by itself: a task sends and receives in its own steps, so the task's context names the
exchange. Stamped are the system calls themselves: trio lets other tasks run between one and the end of the method around it.
"""

import inspect
from collections.abc import Callable
from typing import Any

from clientprof.probes.observation_points import find
from clientprof.probes.patches import Patches

SOCKET = "trio._socket:_SocketType"
# Wraps the system call that a socket is about to make.
Wrap = Callable[[Any, Any], Any]


def wrap_transfers(patches: Patches, sending: Wrap, receiving: Wrap) -> tuple[Any, str, Any]:
    """Have each send and each receive of trio's sockets made by what ``sending`` and ``receiving`` make of it, given the
    socket and the system call. Returns the owner, the name and the function that was replaced, which fits the table of
    seams."""
    seam = find(f"{SOCKET}._nonblocking_helper")
    assert seam is not None
    helper: Any = seam.function

    # trio moved the system call behind what waits for it in 0.23. No coroutine of its own, so no frame in tracebacks.
    place = list(inspect.signature(helper).parameters).index("fn") - 1

    def stamped(this: Any, *args: Any, **kwargs: Any) -> Any:
        fn = args[place] if len(args) > place else kwargs.get("fn")
        name = getattr(fn, "__name__", "")
        if name == "send":
            fn = sending(this, fn)
        elif name == "recv":
            fn = receiving(this, fn)
        else:
            return helper(this, *args, **kwargs)
        if len(args) > place:
            return helper(this, *args[:place], fn, *args[place + 1 :], **kwargs)
        return helper(this, *args, **{**kwargs, "fn": fn})

    patches.set(seam.owner, seam.name, stamped)
    return seam.owner, seam.name, helper
