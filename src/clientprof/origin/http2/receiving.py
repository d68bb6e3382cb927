"""What the sending half of an HTTP/2 connection asks of the receiving half."""

import asyncio
from typing import Protocol

from clientprof.origin.http2.frames import Code
from clientprof.origin.site import Site


class ReceivingHalf(Protocol):
    """The connection as its responder sees it; ``connection.Http2Connection`` says what each part does."""

    number: int
    site: Site
    transport: asyncio.Transport

    @property
    def closing(self) -> bool: ...

    def close(self, reason: str, *, at_once: bool = False) -> None: ...

    def close_after_streams(self, reason: str) -> None: ...

    def reset(self, number: int, code: Code) -> None: ...
