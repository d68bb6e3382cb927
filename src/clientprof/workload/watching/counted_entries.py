"""The calls of client libraries, wrapped to be counted: the same functions as for a recording, and less done in each."""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from clientprof.clients.programs.observed import Observed, answer_in, is_request
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import FoundSeam
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.watching.counted_exchanges import CountedExchanges
from clientprof.workload.programs.entries import Entries

Function = Callable[..., Any]


class CountedEntries(Entries):
    """Wraps the calls of one client library, and what reads a whole body."""

    def __init__(self, observed: Observed, exchanges: CountedExchanges, patches: Patches, failures: Failures) -> None:
        super().__init__(observed, exchanges, patches, failures)
        self._counted = exchanges
        self._number: int | None = None

    def work(self) -> list[tuple[str, Callable[[FoundSeam], Function]]]:
        return [
            *((target, lambda seam: self._entry(seam.function)) for target in self._observed.entries),
            *((target, lambda seam: self._body(seam.function)) for target in self._observed.bodies),
        ]

    def _client(self) -> int:
        # The first call knows the version of its client; numbers of one time of watching do not change.
        number = self._number
        if number is None:
            number = self._number = self.number
        return number

    def _entry(self, function: Function) -> Function:
        current, running = self._counted.current.get, self._counted.running
        enter, leave = self._counted.enter, self._counted.leave
        observed, blocking, client, frame = self._observed, self._observed.blocking, self._client, sys._getframe
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                counted = None if current(-1) >= 0 and running() is not None else enter(client(), blocking, frame(1))
                try:
                    response = await function(*args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    if counted is not None:
                        leave(counted, error)
                    raise
                if counted is not None:
                    leave(counted, None)
                return response

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            inside = (current(-1) >= 0 and running() is not None) or not is_request(observed, args, kwargs)
            counted = None if inside else enter(client(), blocking, frame(1))
            try:
                response = function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                if counted is not None:
                    leave(counted, error if answer_in(observed, error) is None else None)
                raise
            if counted is not None:
                leave(counted, None)
            return response

        return called

    def _body(self, function: Function) -> Function:
        exchanges, client = self._counted, self._client
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                try:
                    return await function(*args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    exchanges.body_broke(client(), sys._getframe(1), error)
                    raise

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                exchanges.body_broke(client(), sys._getframe(1), error)
                raise

        return called
