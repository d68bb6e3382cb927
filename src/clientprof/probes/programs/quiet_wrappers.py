"""Wrappers that leave no trace in tracebacks.

An exception that passes through a function adds that function's frame to its traceback, once: where it arrives. A bare
``raise`` adds none (CPython 3.11 to 3.15: RERAISE and ``raise`` without a value skip ``PyTraceBack_Here``). So a
wrapper that takes its own entry off and raises again is not seen by whoever prints the traceback.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def unseen(error: BaseException) -> None:
    """Take the innermost catcher's own entry off the traceback; raise again with a bare ``raise``."""
    traceback = error.__traceback__
    if traceback is not None:
        error.__traceback__ = traceback.tb_next


def around(
    function: Function,
    enter: Callable[[], None] | None = None,
    leave: Callable[[], None] | None = None,
    look: Callable[[Any, Any], None] | None = None,
) -> Function:
    """The function with ``enter`` before and ``leave`` after it; a coroutine function stays one.

    ``look`` is given its arguments first; the frame two above its own is the caller's.
    """
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            if look is not None:
                look(args, kwargs)
            if enter is not None:
                enter()
            try:
                return await function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                if leave is not None:
                    leave()

        return awaited
    if enter is not None and leave is None and look is None:  # what is called most

        @functools.wraps(function)
        def entered(*args: Any, **kwargs: Any) -> Any:
            enter()
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return entered

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if look is not None:
            look(args, kwargs)
        if enter is not None:
            enter()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            if leave is not None:
                leave()

    return called
