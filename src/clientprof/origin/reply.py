"""A response before it is stamped and sent: everything that can be prepared once per target."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus

from clientprof.origin.delays import Delay


class FaultKind(StrEnum):
    """Ways in which a server misbehaves."""

    RESET = "reset"
    TRUNCATE = "truncate"
    STALL = "stall"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour. ``stall_ms`` is the pause in the middle of the body, for ``STALL``."""

    kind: FaultKind
    stall_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """``head`` is the status line and the fixed header lines, each with CRLF; stamps and the empty line follow it.

    ``plain`` is True where nothing but stamping and writing is left to do: the hot path asks only that.
    """

    status: int
    head: bytes
    body: bytes | memoryview = b""
    delay: Delay | None = None
    fault: Fault | None = None
    echo: bool = False
    close: bool = False
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        plain = self.delay is None and self.fault is None and not self.echo and not self.close
        object.__setattr__(self, "plain", plain)


def make_reply(
    status: int,
    body: bytes | memoryview = b"",
    *,
    content_type: str = "application/octet-stream",
    headers: tuple[tuple[str, str], ...] = (),
    chunked: bool = False,
) -> Reply:
    """A reply with its headers laid out. ``chunked``: the body is already in chunks (RFC 9112 7.1)."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Status"
    lines = [f"HTTP/1.1 {status} {reason}", "Server: clientprof"]
    if status in (204, 304):  # RFC 9110 6.4.1: these never have a body
        body = b""
    else:
        lines.append(f"Content-Type: {content_type}")
        lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return Reply(status, "".join(line + "\r\n" for line in lines).encode("latin-1"), body)


def text_reply(status: int, text: str) -> Reply:
    """A line of plain text for people: what is wrong and what to do."""
    return make_reply(status, text.encode() + b"\n", content_type="text/plain; charset=utf-8")


def echo_reply(reply: Reply, body: bytes) -> Reply:
    """``reply`` with the request's own body."""
    return replace(make_reply(200, body), close=reply.close, delay=reply.delay)
