"""One request as the parsers hand it over, what became of its body, and why one was refused."""

import hashlib
from dataclasses import dataclass, field

MAX_HEAD_BYTES = 64 * 1024
MAX_REQUEST_BODY_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that the parser already knows: the request cannot be understood. The connection closes after it."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived of a request's body: its bytes, and their SHA-256 in hexadecimal digits."""

    size_bytes: int
    sha256: str


class Intake:
    """Takes a request's body in pieces: counted and hashed as they come, kept only where it is to be sent back."""

    __slots__ = ("_digest", "_kept", "size_bytes")

    def __init__(self, target: bytes) -> None:
        path = target.partition(b"?")[0]
        self._kept = bytearray() if path == b"/echo" or path.endswith(b"/echo") else None
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def add(self, piece: bytes | bytearray | memoryview) -> bool:
        """Take a piece; False if the body is now larger than a request may have."""
        self.size_bytes += len(piece)
        if self.size_bytes > MAX_REQUEST_BODY_BYTES:
            return False
        self._digest.update(piece)
        if self._kept is not None:
            self._kept += piece
        return True

    def body(self) -> bytes:
        """The whole body if it was kept, else nothing."""
        return bytes(self._kept or b"")

    def received(self) -> Received | None:
        """The account of a body that has ended; None if there was not one byte."""
        return Received(self.size_bytes, self._digest.hexdigest()) if self.size_bytes else None


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. ``body`` is kept for ``/echo`` alone, ``received`` says of every body what arrived.

    ``refusal`` is set where the bytes were not a request; nothing follows it.
    """

    method: bytes
    target: bytes
    keep_alive: bool
    http10: bool = False
    body: bytes = b""
    received: Received | None = None
    refusal: Refusal | None = None
    head_only: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "head_only", self.method == b"HEAD")


def refused(status: int, text: str) -> Request:
    """The last request of a connection whose bytes cannot be understood."""
    return Request(b"", b"", keep_alive=False, refusal=Refusal(status, text))
