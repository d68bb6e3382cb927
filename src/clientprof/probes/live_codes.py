"""All code of Python functions that are alive, for instruments that are told of files and lines only."""

import gc
from types import CodeType, FunctionType


def live_codes() -> list[CodeType]:
    """The code of every function there is, and of the functions inside it, each once."""
    pending = [thing.__code__ for thing in gc.get_objects() if isinstance(thing, FunctionType)]
    found: list[CodeType] = []
    seen: set[int] = set()
    while pending:
        code = pending.pop()
        if id(code) not in seen:
            seen.add(id(code))
            found.append(code)
            pending.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found
