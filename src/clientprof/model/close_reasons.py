"""Why a connection of the origin ended, by its own log. A recording has a reason as its place here."""

CLIENT, POLICY, FAULT, ERROR, IDLE, STOP = CLOSE_REASONS = ("client", "policy", "fault", "error", "idle", "stop")
"""client: it closed, or asked to; policy: ``?close=1`` or the limit of requests per connection; fault: a ``/fault``
route; error: a request refused or a failing transport; idle: the keep-alive time ran out; stop: the server ended."""

ANNOUNCED = (POLICY, IDLE, STOP)
"""Those that a server tells the client of, over HTTP/2 by GOAWAY, before it closes."""


def reason_of(place: int) -> str:
    """The reason at a place; empty for -1, while the connection is open."""
    return "" if place < 0 else CLOSE_REASONS[place]


def place_of(reason: str) -> int:
    """The place of a reason; -1 for an empty one."""
    return CLOSE_REASONS.index(reason) if reason else -1
