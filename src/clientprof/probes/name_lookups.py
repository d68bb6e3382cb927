"""Names that the client has looked up: calls of ``socket.getaddrinfo`` with a name, whoever makes them.

asyncio's, anyio's, trio's and the blocking clients' all end there, in a thread of the loop's or in the client's own.
Addresses need no looking up and are not counted, nor is trio's first attempt, which takes addresses alone. uvloop looks
names up in C.
"""

import socket
import threading
from time import perf_counter_ns
from typing import Any

from clientprof.model.host_names import is_name
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder

_NAME = "name look-ups"


def install_name_lookups(recorder: Recorder, patches: Patches, failures: Failures) -> None:
    """Record when each began, in ``lookup.at_ns``."""
    original, one_row = socket.getaddrinfo, threading.Lock()
    append = recorder.column("lookup.at_ns").append

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal append
        try:
            flags = kwargs.get("flags", args[3] if len(args) > 3 else 0)
            if not flags & socket.AI_NUMERICHOST and is_name(host):
                with one_row:
                    append(perf_counter_ns())
        except Exception as error:
            append = ignore
            failures.remove(_NAME, error)
        return original(host, port, *args, **kwargs)

    patches.set_everywhere(socket, "getaddrinfo", getaddrinfo)
