"""One request as the parsers hand it over, and why one was refused."""

from dataclasses import dataclass, field

MAX_HEAD_BYTES = 64 * 1024
MAX_REQUEST_BODY_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that the parser already knows: the request cannot be understood. The connection closes after it."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request, its body included. ``refusal`` is set where the bytes were not one; nothing follows it."""

    method: bytes
    target: bytes
    keep_alive: bool
    http10: bool = False
    body: bytes = b""
    refusal: Refusal | None = None
    head_only: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "head_only", self.method == b"HEAD")


def refused(status: int, text: str) -> Request:
    """The last request of a connection whose bytes cannot be understood."""
    return Request(b"", b"", keep_alive=False, refusal=Refusal(status, text))
