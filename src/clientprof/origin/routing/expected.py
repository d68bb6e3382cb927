"""What a correct client must have in hand for a target: said without asking the server, to verify against."""

import hashlib
from dataclasses import dataclass

from clientprof.origin.answers.delays import DelayBook
from clientprof.origin.routing.routes import Router

_MOST_HOPS = 101


@dataclass(frozen=True, slots=True)
class Expected:
    """The last response's status, and its body decoded and in one piece: its bytes and their SHA-256 (hexadecimal).

    ``requests``: how many it takes, redirects included. ``size_bytes`` and ``sha256`` are None where the body is the
    request's own, and where the route ends in a fault.
    """

    status: int
    size_bytes: int | None
    sha256: str | None
    requests: int


def expected(target: str, *, follow_redirects: bool = True) -> Expected:
    """What a GET or POST of ``target`` (path and query) must give; sequences of delays are not touched."""
    router = Router(DelayBook(0))
    draft = router.draft(target.encode("ascii", "replace"))
    requests = 1
    while follow_redirects and draft.status == 302 and requests <= _MOST_HOPS:
        location = next(value for name, value in draft.fields if name == "Location")
        draft = router.draft(location.encode("ascii"))
        requests += 1
    if draft.echo or draft.fault is not None:
        return Expected(draft.status, None, None, requests)
    content = b"" if draft.status in (204, 304) else draft.content
    return Expected(draft.status, len(content), hashlib.sha256(content).hexdigest(), requests)
