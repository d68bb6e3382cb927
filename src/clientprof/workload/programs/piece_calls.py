"""Calls of a response that give its next piece, wrapped: each is an *ask*, the only time in which the client waits for the
server while the program has the response in its hands.

Where the exchange is detailed, an ask that takes long is a row of its lane; short ones, of which there may be very many, are
summed up. On a loop an ask works for the exchange, so steps tell what it computed and how long it stood in line. The
outermost call is the ask: what it calls for itself is its own, and so is all that one call reads of a body to its end.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import Token
from time import perf_counter_ns
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import FoundSeam
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.open_exchange import Open
from clientprof.probes.programs.quiet_wrappers import unseen

Function = Callable[..., Any]
_NAME = "pieces of responses"
# What takes less time found its piece there, or the next turn of the loop brought it.
_SHORT_NS = 100_000
# What ``functools.wraps`` would not say: two targets may lead to one function.
_OURS = "clientprof_asks"


class PieceCalls:
    """Makes the wrappers for the responses of one client. ``blocking`` ones may be read by any thread, so nothing is told to
    the loop of an exchange's lane."""

    def __init__(self, exchanges: Exchanges, failures: Failures, *, blocking: bool) -> None:
        self._exchanges = exchanges
        self._failures = failures
        self._blocking = blocking

    def wrap(self, seam: FoundSeam) -> Function:
        """The function with its asks recorded; it may be a coroutine function, or make an iterator of pieces."""
        function = seam.function
        if not hasattr(function, _OURS):
            self.sees(seam.owner)
            function = self._of(function)
            setattr(function, _OURS, True)
        return function

    def sees(self, kind: type) -> None:
        """Of responses of this class it is seen that the program asks for a piece."""
        if kind not in self._exchanges.askable:
            self._exchanges.askable += (kind,)

    def _of(self, function: Function) -> Function:
        asks, enter, leave = self._asks, self._enter, self._leave
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            timed: Function = self._each_awaited if inspect.isasyncgenfunction(function) else self._each

            @functools.wraps(function)
            def made(response: Any, *args: Any, **kwargs: Any) -> Any:
                opened = asks(response)
                pieces = function(response, *args, **kwargs)
                return pieces if opened is None else timed(opened, pieces)

            return made
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(response: Any, *args: Any, **kwargs: Any) -> Any:
                opened = asks(response)
                token = None if opened is None else enter(opened)
                begun_ns = perf_counter_ns()
                try:
                    return await function(response, *args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    raise
                finally:
                    if opened is not None:
                        leave(opened, begun_ns, token)

            return awaited

        @functools.wraps(function)
        def called(response: Any, *args: Any, **kwargs: Any) -> Any:
            opened = asks(response)
            token = None if opened is None else enter(opened)
            begun_ns = perf_counter_ns()
            try:
                return function(response, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                if opened is not None:
                    leave(opened, begun_ns, token)

        return called

    def _asks(self, response: Any) -> Open | None:
        """The detailed exchange of which the program itself asks for a piece here; None of any other call."""
        opened = self._exchanges.bodies.get(id(response))
        if opened is None or not opened.window or opened.asking or opened.resumed_ns:
            return None
        return opened

    def _enter(self, opened: Open) -> "Token[int] | None":
        opened.asking = True
        return None if self._blocking or not opened.window else self._exchanges.current.set(opened.number)

    def _leave(self, opened: Open, begun_ns: int, token: "Token[int] | None") -> None:
        now_ns = perf_counter_ns()
        opened.asking = False
        try:
            if token is not None:
                self._back(opened, token, now_ns)
            if opened.window:
                self.asked(opened, begun_ns, now_ns)
        except Exception as error:
            self._failures.remove(_NAME, error)

    @staticmethod
    def asked(opened: Open, begun_ns: int, now_ns: int) -> None:
        """An ask of a detailed exchange is over."""
        opened.asks += 1
        if now_ns - begun_ns < _SHORT_NS:
            opened.short_asks_ns += now_ns - begun_ns
        else:
            opened.lane.asks.add((begun_ns, now_ns, opened.number))

    def _back(self, opened: Open, token: "Token[int]", now_ns: int) -> None:
        """To what the code worked for before. The ask began in a step of that; where the piece was there, the step goes on.
        Where it was not, this step is the exchange's up to here."""
        current, lane = self._exchanges.current, opened.lane
        before: Any = -1 if token.old_value is token.MISSING else token.old_value
        try:
            current.reset(token)
        except ValueError:
            current.set(before)  # another context: a generator that was closed elsewhere
        if lane.window:
            owners = lane.recorder.column("step.owner")
            if owners and owners[-1] == opened.number:
                lane.split(before, now_ns)

    def _each(self, opened: Open, pieces: Any) -> Iterator[Any]:
        leave, now = self._leave, perf_counter_ns
        try:
            while True:
                opened.asking, begun_ns = True, now()
                try:
                    piece = next(pieces)
                except StopIteration:
                    leave(opened, begun_ns, None)
                    return
                except BaseException as error:
                    unseen(error)
                    leave(opened, begun_ns, None)
                    raise
                # There may be thousands that were there already, so these are told here.
                short_ns = now() - begun_ns
                if short_ns < _SHORT_NS:
                    opened.asking = False
                    opened.asks += 1
                    opened.short_asks_ns += short_ns
                else:
                    leave(opened, begun_ns, None)
                yield piece
        finally:
            pieces.close()

    async def _each_awaited(self, opened: Open, pieces: Any) -> AsyncIterator[Any]:
        current, leave, following = self._exchanges.current, self._leave, pieces.__anext__
        enter, back, now = current.set, current.reset, perf_counter_ns
        number, owners = opened.number, opened.lane.recorder.column("step.owner")
        try:
            while True:
                opened.asking = True
                token, begun_ns = enter(number), now()
                try:
                    piece = await following()
                except StopAsyncIteration:
                    leave(opened, begun_ns, token)
                    return
                except BaseException as error:
                    unseen(error)
                    leave(opened, begun_ns, token)
                    raise
                # As above; their step goes on.
                short_ns = now() - begun_ns
                if short_ns < _SHORT_NS and owners and owners[-1] != number:
                    try:
                        back(token)
                    except ValueError:
                        current.set(-1)
                    opened.asking = False
                    opened.asks += 1
                    opened.short_asks_ns += short_ns
                else:
                    leave(opened, begun_ns, token)
                yield piece
        finally:
            await pieces.aclose()
