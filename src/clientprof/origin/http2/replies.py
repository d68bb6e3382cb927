"""Responses in HTTP/2 before they are stamped: everything that can be prepared once per target."""

from dataclasses import dataclass

from clientprof.origin.answers.draft import Draft, text_draft
from clientprof.origin.http2.header_blocks import field, status_field
from clientprof.origin.routing.routes import Router

_KNOWN_TARGETS = 512
_MAX_KNOWN_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Http2Reply:
    """``block``: the fixed part of the header block. ``plain``: nothing but stamping and writing is left to do."""

    status: int
    block: bytes
    body: bytes | memoryview
    draft: Draft
    plain: bool


def lay_out(draft: Draft) -> Http2Reply:
    """A draft in HTTP/2.

    Raises:
        MissingEncoding: the package of its encoding is not installed.
    """
    body = draft.wire_body()
    fields = [(name.lower(), value) for name, value in draft.wire_fields()]
    if draft.piece_bytes is None and not draft.echo and draft.status not in (204, 304):
        fields.append(("content-length", str(len(body))))
    block = status_field(draft.status) + b"".join(
        field(name.encode("ascii"), value.encode("latin-1")) for name, value in fields
    )
    special = draft.delay is not None or draft.fault is not None or draft.echo or draft.close
    return Http2Reply(draft.status, block, body, draft, plain=not special and draft.piece_bytes is None)


class Http2Replies:
    """Lays out what the router resolves, and remembers the last ones; one per server."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._known: dict[bytes, Http2Reply] = {}

    def reply(self, target: bytes) -> Http2Reply:
        """The reply for a target. Never raises."""
        reply = self._known.get(target)
        if reply is None:
            reply = lay_out(self._router.draft(target))
            if len(reply.body) <= _MAX_KNOWN_BYTES:
                if len(self._known) >= _KNOWN_TARGETS:
                    self._known.clear()
                self._known[target] = reply
        return reply


def too_large() -> Http2Reply:
    """The answer to a request whose body is larger than one may be."""
    return lay_out(text_draft(413, "the request's body is larger than 64 MiB"))
