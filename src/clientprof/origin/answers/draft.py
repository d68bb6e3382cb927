"""What a route answers with, before any version of HTTP lays it out for the wire."""

from dataclasses import dataclass
from enum import StrEnum

from clientprof.origin.answers.bodies import encoded
from clientprof.origin.answers.delays import Delay


class FaultKind(StrEnum):
    """Ways in which a server misbehaves."""

    RESET = "reset"
    TRUNCATE = "truncate"
    STALL = "stall"
    GARBAGE = "garbage"


GARBAGE = b"\x00\x01\x02 this is not HTTP \xfe\xff\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour. ``stall_ms`` is the pause in the middle of the body, for ``STALL``."""

    kind: FaultKind
    stall_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A response. ``content`` is the body as the client has it in the end: decoded and in one piece.

    ``sized``: the content is ``bodies.body(len(content))``; only such a body takes an ``encoding``. ``piece_bytes``:
    sent without a length, in pieces of so many bytes (HTTP/1.1: chunks). ``every_ms``: one piece in that time, the
    first at once; None: as fast as they go. ``echo``: the body is the request's.
    """

    status: int = 200
    content: bytes | memoryview = b""
    content_type: str = "application/octet-stream"
    fields: tuple[tuple[str, str], ...] = ()
    sized: bool = False
    encoding: str | None = None
    piece_bytes: int | None = None
    every_ms: float | None = None
    delay: Delay | None = None
    fault: Fault | None = None
    echo: bool = False
    close: bool = False

    def wire_body(self) -> bytes | memoryview:
        """The body as it is sent, encoded, without any framing.

        Raises:
            MissingEncoding: the package of the encoding is not installed.
        """
        if self.status in (204, 304):  # RFC 9110 6.4.1: these never have a body
            return b""
        return self.content if self.encoding is None else encoded(self.encoding, len(self.content))

    def wire_fields(self) -> tuple[tuple[str, str], ...]:
        """Header fields that every version of HTTP sends alike; the body's length is not among them."""
        kind = () if self.status in (204, 304) else (("Content-Type", self.content_type),)
        coding = () if self.encoding is None else (("Content-Encoding", self.encoding),)
        return (("Server", "clientprof"), *kind, *coding, *self.fields)


def text_draft(status: int, text: str) -> Draft:
    """A line of plain text for people: what is wrong and what to do."""
    return Draft(status, text.encode() + b"\n", "text/plain; charset=utf-8")
