"""An exchange of a program that has begun, and the response whose body it waits for."""

import weakref
from typing import Any

from clientprof.probes.programs.lanes import Lane


class Open:
    """An exchange that has begun. What most exchanges never need is set on the class alone."""

    number = started_ns = 0
    route = site = peer = instance = body_bytes = -1
    status = error = 0
    returned_ns = resumed_ns = cpu_ns = 0
    # How often the program asked for a piece of the body, -1 where nobody would see it; the short ones of these, summed.
    asks, short_asks_ns, asking = -1, 0, False
    thread = holds = key = raw = 0
    told = False
    enqueued_ns = acquired_ns = lookups = paused_ns = paused_cpu_ns = 0
    # Whether a call that reads some of the body is under way, and whether a later call came in another thread.
    reading = strayed = False
    reference: Any = None
    token: Any = None

    def __init__(self, lane: Lane, client: int, before: int) -> None:
        self.lane = lane
        self.client = client
        self.before = before
        self.window = lane.window


class OpenResponse(weakref.ref[Any]):
    """A response whose body is still to come; one object that the garbage collector has to look at, not six."""

    __slots__ = ("opened",)
    opened: Open
