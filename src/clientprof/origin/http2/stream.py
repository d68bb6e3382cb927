"""One stream while its request is arriving or its response cannot leave at once."""

import asyncio
from collections import deque

from clientprof.origin.answers.request import Intake, Received
from clientprof.origin.http2.header_blocks import Head


class Stream:
    """State of one exchange; ``Http2Connection`` moves it. ``window``: bytes of body that the client still takes.

    ``pieces`` are all of the body, the first ``taken`` of them were due; of these ``ready`` is not sent yet.
    ``received_ns`` is 0 until the request is whole.
    """

    __slots__ = (
        "begun_ns",
        "close",
        "head",
        "in_time",
        "intake",
        "number",
        "pace_ns",
        "pieces",
        "ready",
        "received",
        "received_ns",
        "status",
        "taken",
        "timer",
        "window",
    )

    def __init__(self, number: int, head: Head, window: int) -> None:
        self.number = number
        self.head = head
        self.window = window
        self.intake: Intake | None = None
        self.received: Received | None = None
        self.received_ns = self.begun_ns = 0
        self.ready: deque[memoryview] = deque()
        self.pieces: tuple[memoryview, ...] = ()
        self.taken = self.pace_ns = 0
        self.in_time = self.close = False
        self.status: int | None = None
        self.timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Forget what was to come."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        self.ready.clear()
