"""What a response that takes its time may ask of its connection."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from clientprof.origin.answers.request import Request
from clientprof.origin.wire.reply import Reply


class ConnectionInWork(Protocol):
    """The connection as faults and bodies sent in time see it; ``protocol.Connection`` says what each part does."""

    sock: socket.socket
    transport: asyncio.Transport

    def head(self, reply: Reply, request: Request, received_ns: int, written_ns: int, *, closing: bool) -> bytes: ...

    def reason_to_close(self, reply: Reply, request: Request) -> str | None: ...

    def finish(self, reason: str | None, now_ns: int, status: int | None, server_time_ns: int) -> None: ...

    def count_stream(self, stream_ns: int) -> None: ...

    def close(self, reason: str, *, at_once: bool = False) -> None: ...

    def after(self, delay_ns: int, callback: Callable[[], None]) -> None: ...

    def take_next(self) -> None: ...
