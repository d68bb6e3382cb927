"""Requests that a server framework serves in the same process: what the running code works for, one by one.

While detail is recorded, each request of a route has a number. It stands in the context variable ``EXCHANGE`` together
with the route, wherever no call of a client does, so that steps are told apart by the request that they work for.
"""

import itertools
from collections.abc import Awaitable, Callable
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import Lane
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.work_codes import request_in, work_code

_NAME = "served requests"


class Served:
    """A request under way."""

    __slots__ = ("lane", "number", "queued_ns", "route", "window")

    def __init__(self, lane: Lane, number: int, route: int, queued_ns: int) -> None:
        self.lane = lane
        self.number = number
        self.route = route
        self.queued_ns = queued_ns
        self.window = lane.window


class ServedRequests:
    """Numbers the requests of a process, from 1, and writes ``served.*`` of those that began and ended in one window."""

    def __init__(self, exchanges: Exchanges, failures: Failures) -> None:
        self._exchanges = exchanges
        self.next_number = itertools.count(1).__next__
        self._failures = failures
        self._live: set[int] = set()

    def forget(self) -> None:
        """This is another process: what was under way is the parent's."""
        self._live.clear()

    def serving(self) -> bool:
        """Whether the running code serves a request already: one framework's route may hand it to another's."""
        return bool(self._live) and request_in(EXCHANGE.get(-1)) in self._live

    def begin(self, route: int) -> Served | None:
        """The running code serves a request of the route from now on. None where detail is not recorded, where no loop of
        ours runs, or where it serves a request already."""
        try:
            lane = getattr(self._exchanges.running_loop(), "clientprof_lane", None)
            if lane is None or not lane.window or self.serving():
                return None
            number = self.next_number()
            value = work_code(route, number)
            EXCHANGE.set(value)
            owners, queued = lane.recorder.column("step.owner"), lane.recorder.column("step.enqueued_ns")
            if not owners or len(owners) != len(queued):
                return None
            if owners[-1] == -1:
                owners[-1] = value  # the step that found the route is the request's, from its beginning
            self._live.add(number)
            return Served(lane, number, route, queued[-1])
        except Exception as error:
            self._failures.remove(_NAME, error)
            return None

    async def serve(
        self, served: Served, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Await what the function gives; the request is over then."""
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            self._end(served)

    def _end(self, served: Served) -> None:
        self._live.discard(served.number)
        lane = served.lane
        if lane.window and lane.window == served.window:
            lane.served.add((served.number, served.route, served.queued_ns, perf_counter_ns()))
