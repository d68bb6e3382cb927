"""A response in HTTP/1.1 before it is stamped and sent: everything that can be prepared once per target."""

from dataclasses import dataclass, field, replace
from http import HTTPStatus

from clientprof.origin.answers.delays import Delay
from clientprof.origin.answers.draft import Draft, Fault

LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """``head`` is the status line and the fixed header lines, each with CRLF; stamps and the empty line follow it.

    ``body`` is framed (RFC 9112 7.1) where there is no Content-Length. ``pace_ns``: instead of ``body`` the ``pieces``
    are sent, one in that time. ``plain`` is True where nothing but stamping and writing is left to do: the hot path
    asks only that.
    """

    status: int
    head: bytes
    body: bytes | memoryview = b""
    delay: Delay | None = None
    fault: Fault | None = None
    echo: bool = False
    close: bool = False
    pace_ns: int | None = None
    pieces: tuple[bytes, ...] = ()
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        plain = self.delay is None and self.fault is None and self.pace_ns is None and not self.echo and not self.close
        object.__setattr__(self, "plain", plain)


def lay_out(draft: Draft) -> Reply:
    """A draft in HTTP/1.1.

    Raises:
        MissingEncoding: the package of its encoding is not installed.
    """
    body = draft.wire_body()
    head = _head(draft, "Transfer-Encoding: chunked" if draft.piece_bytes else f"Content-Length: {len(body)}")
    reply = Reply(draft.status, head, body, draft.delay, draft.fault, draft.echo, draft.close)
    if not draft.piece_bytes:
        return reply
    pieces = _chunks(bytes(body), draft.piece_bytes)
    if draft.every_ms is None:
        return replace(reply, body=b"".join(pieces) + LAST_CHUNK)
    return replace(reply, body=b"", pace_ns=int(draft.every_ms * 1e6), pieces=pieces)


def echo_reply(reply: Reply, body: bytes) -> Reply:
    """``reply`` with the request's own body."""
    length = b"Content-Length: %d\r\n" % len(body)
    return replace(reply, head=reply.head.replace(b"Content-Length: 0\r\n", length, 1), body=body)


def _head(draft: Draft, framing: str) -> bytes:
    try:
        reason = HTTPStatus(draft.status).phrase
    except ValueError:
        reason = "Status"
    lines = [f"HTTP/1.1 {draft.status} {reason}", *(f"{name}: {value}" for name, value in draft.wire_fields())]
    if draft.status not in (204, 304):
        lines.append(framing)
    return "".join(line + "\r\n" for line in lines).encode("latin-1")


def _chunks(body: bytes, size_bytes: int) -> tuple[bytes, ...]:
    pieces = (body[start : start + size_bytes] for start in range(0, len(body), size_bytes))
    return tuple(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
