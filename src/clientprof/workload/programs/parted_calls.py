"""A request that is several calls of one connection: what sends it, and what gives its response.

Between two of these calls the program does what it likes; the request is put down at the end of the one and taken up where
the next begins. Calls that another client makes inside of a request of its own belong to that one.
"""

import functools
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, Generic, Protocol, TypeVar

from clientprof.probes.programs.quiet_wrappers import unseen

Function = Callable[..., Any]
T = TypeVar("T")


class Parts(Protocol[T]):
    """What is made of the calls. None in the place of a request: nothing is measured."""

    def asks_inside(self) -> Callable[[], bool]:
        """What says whether the running code works for a request already: it is asked for every call of every client that
        stands on such connections."""

    def take_up(self, connection: Any) -> T | None:
        """The request that earlier calls of the connection began, and that goes on now."""

    def begin(self, connection: Any, frame: FrameType | None) -> T | None:
        """A request begins, by the code of the frame."""

    def put_down(self, connection: Any, call: T) -> None:
        """A call is over, and another one will go on."""

    def failed(self, call: T, error: BaseException) -> None: ...

    def answered(self, call: T, response: Any) -> None: ...


def part(function: Function, parts: Parts[T], *, last: bool) -> Function:
    """A call of a connection that sends some of a request, or the ``last`` one, which gives the response."""
    inside, take_up, begin, frame = parts.asks_inside(), parts.take_up, parts.begin, sys._getframe

    @functools.wraps(function)
    def called(connection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            call = None if inside() else take_up(connection) or begin(connection, frame(1))
            if call is None:
                return function(connection, *args, **kwargs)
            try:
                result = function(connection, *args, **kwargs)
            except BaseException as error:
                parts.failed(call, error)
                raise
        except BaseException as error:
            unseen(error)
            raise
        if last:
            parts.answered(call, result)
        else:
            parts.put_down(connection, call)
        return result

    return called


class _Sent(weakref.ref[Any]):
    """A connection whose request has no response yet."""

    __slots__ = ("call",)
    call: Any


class PutDown(Generic[T]):
    """Requests between two calls, by their connection. ``lost`` hears of those whose connection is gone."""

    def __init__(self, lost: Callable[[T], None]) -> None:
        self._lost = lost
        self._sent: dict[int, _Sent] = {}

    def put(self, connection: Any, call: T) -> None:
        key, sent = id(connection), self._sent

        def gone(reference: _Sent) -> None:
            if sent.get(key) is reference:
                del sent[key]
                self._lost(reference.call)

        try:
            reference = _Sent(connection, gone)
        except TypeError:  # nobody can refer to it weakly
            self._lost(call)
            return
        reference.call = call
        sent[key] = reference

    def take(self, connection: Any) -> T | None:
        """The request of the connection, once."""
        reference = self._sent.pop(id(connection), None)
        call: T | None = None if reference is None else reference.call
        return call

    def breaking(self, function: Function) -> Function:
        """A call of a connection after which it gives no response: the request is lost. The next one is another."""

        @functools.wraps(function)
        def called(connection: Any, *args: Any, **kwargs: Any) -> Any:
            call = self.take(connection)
            if call is not None:
                self._lost(call)
            try:
                return function(connection, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return called
