"""What both request parsers share, and the memory of requests seen before.

A client on a kept connection sends the same bytes again and again. Parsing is a pure function of them, so a request
that arrived whole, alone and without a body is looked up by its bytes instead of being parsed again.
"""

from abc import ABC, abstractmethod

from clientprof.origin.answers.request import Request, refused

Known = dict[bytes, tuple[Request]]
"""Request bytes to the request they mean; one per server, shared by its connections."""

_KNOWN_REQUESTS = 4096
_KNOWN_REQUEST_BYTES = 4096
_NONE: tuple[Request, ...] = ()


class RequestParser(ABC):
    """Bytes in, whole requests out, in order; one per connection. The last request of broken input is a refusal.

    ``expects_continue`` is True while a request's head has announced ``Expect: 100-continue`` and its body is awaited.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._dead = False
        self.expects_continue = False

    def feed(self, data: bytes) -> tuple[Request, ...]:
        """The requests that ``data`` completes. After a refusal every further byte is ignored."""
        at_boundary = self._at_boundary()
        if at_boundary:
            known = self._known.get(data)
            if known is not None:
                return known
        if self._dead:
            return _NONE
        requests = self._parse(data)
        if len(requests) == 1 and at_boundary and self._at_boundary() and len(data) <= _KNOWN_REQUEST_BYTES:
            request = requests[0]
            if request.refusal is None and request.received is None:
                if len(self._known) >= _KNOWN_REQUESTS:
                    self._known.clear()  # unique requests must not slow down whoever comes after them
                self._known[bytes(data)] = (request,)
        return tuple(requests)

    def _refuse(self, status: int, text: str) -> Request:
        self._dead = True
        self.expects_continue = False
        return refused(status, text)

    @abstractmethod
    def _at_boundary(self) -> bool:
        """Whether the next byte begins a new request. False once dead."""

    @abstractmethod
    def _parse(self, data: bytes) -> list[Request]:
        """Parse without the memory."""
