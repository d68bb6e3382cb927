"""What code works for outside of client calls, as one negative number: a route, and where detail is recorded a request of
it."""

from typing import Any

ROUTE_BASE = -16
# So many routes have a number of their own; the rest of the number is the request's.
MOST_ROUTES = 1 << 20


def work_code(route: int, request: int = 0) -> int:
    """The number for a route's place, and for one of its requests, counted from 1."""
    return ROUTE_BASE - (route % MOST_ROUTES + request * MOST_ROUTES)


def parts_of(code: Any) -> tuple[Any, Any]:
    """The request's number, 0 for none, and the route's place; of an array of codes, arrays. What is above ``ROUTE_BASE`` is
    no code, and what it gives means nothing."""
    found: tuple[Any, Any] = divmod(ROUTE_BASE - code, MOST_ROUTES)
    return found


def route_in(code: int) -> int:
    """The route's place; -1 where the code is none."""
    return int(parts_of(code)[1]) if code <= ROUTE_BASE else -1


def request_in(code: int) -> int:
    """The request's number; 0 where the code is none, or of no request."""
    return int(parts_of(code)[0]) if code <= ROUTE_BASE else 0
