"""The client objects of a library, wrapped where they are built, where they are closed, and where they make their parts."""

import functools
import inspect
import sys
from collections.abc import Callable
from threading import get_ident
from time import perf_counter_ns
from types import FrameType
from typing import Any

from clientprof.clients.programs.observed import Observed
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import FoundSeam
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.quiet_wrappers import unseen


class ClientObjects:
    """Numbers the objects of one client library. ``client`` says the library's number."""

    def __init__(self, observed: Observed, exchanges: Exchanges, failures: Failures, client: Callable[[], int]) -> None:
        self._observed = observed
        self._exchanges = exchanges
        self._failures = failures
        self._client = client
        # Threads in which a client object makes a part of itself.
        self._parted: set[int] = set()

    def work(self) -> list[tuple[str, Callable[[FoundSeam], Callable[..., Any]]]]:
        """What is wrapped, and what makes the wrapper."""
        observed = self._observed
        return [
            *((target, lambda seam: self._closing(seam.function)) for target in observed.closes),
            *((target, lambda seam: self._parting(seam.function)) for target in observed.parts),
            *((target, lambda seam: self._build(seam.function)) for target in observed.builds),
        ]

    def number_of(self, client: Any) -> int:
        """The number of the object by which a call is made; -1 where it has none."""
        instances = self._exchanges.instances
        number = instances.number_of(client)
        if number < 0 and self._exchanges.adopts_since_ns and self._is_built(client):
            # It is older than the measurement.
            number = instances.adopt(client, self._client(), self._exchanges.adopts_since_ns, self._settings(client))
        if instances.is_uncalled(number):
            # What was mounted or set since it was built counts.
            instances.settled(number, self._settings(client))
        return number

    def _is_built(self, client: Any) -> bool:
        """Whether it is of a class of the client's objects."""
        for target in "|".join(self._observed.builds).split("|"):
            module, _, path = target.strip().partition(":")
            kind = getattr(sys.modules.get(module), path.partition(".")[0], None)
            if kind is not None and isinstance(client, kind):
                return True
        return False

    def _settings(self, client: Any) -> int:
        """The number of the object's settings, -1 where they cannot be read."""
        observed = self._observed
        try:
            found = observed.settings(client)
            key = (*found._replace(timeouts={}), *sorted(found.timeouts.items()))
            row = (observed.client, *found._replace(timeouts=dict(found.timeouts)))
            return self._exchanges.names.number("settings", (observed.client, repr(key)), row)
        except Exception:
            return -1

    def _build(self, function: Callable[..., Any]) -> Callable[..., Any]:
        exchanges, observed = self._exchanges, self._observed

        @functools.wraps(function)
        def initialise(client: Any, *args: Any, **kwargs: Any) -> Any:
            started_ns = perf_counter_ns()
            try:
                result = function(client, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            if get_ident() in self._parted:
                return result  # of the object that makes it
            try:
                frame = sys._getframe(1)
                exchanges.instances.built(
                    client, self._client(), frame, started_ns, self._settings(client), own=self._of_library(frame)
                )
            except Exception as error:
                self._failures.remove(f"client objects of {observed.client}", error)
            return result

        return initialise

    def _of_library(self, frame: FrameType) -> bool:
        """Whether the library builds the object for itself, as it is imported."""
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        return frame.f_code.co_name == "<module>" and package == self._observed.module.partition(".")[0]

    def _parting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What makes a part by which the object may be called as well: that part is the object, for us."""
        parted, instances = self._parted, self._exchanges.instances

        @functools.wraps(function)
        def made(client: Any, *args: Any, **kwargs: Any) -> Any:
            thread = get_ident()
            parted.add(thread)
            try:
                part = function(client, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                parted.discard(thread)
            try:
                instances.part(part, self.number_of(client))
            except Exception as error:
                self._failures.remove(f"parts of client objects of {self._observed.client}", error)
            return part

        return made

    def _closing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        exchanges = self._exchanges
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(client: Any, *args: Any, **kwargs: Any) -> Any:
                try:
                    return await function(client, *args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    raise
                finally:
                    exchanges.instances.closed(client)

            return awaited

        @functools.wraps(function)
        def called(client: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return function(client, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                exchanges.instances.closed(client)

        return called
