"""All code of Python functions that are alive, for instruments that are told of files and lines only."""

import gc
import sys
from collections.abc import Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

# What leads from a module to its functions, beside all that can be called: namespaces, closures, properties.
_LEADS_ON = (ModuleType, dict, list, tuple, CellType, property, staticmethod, classmethod)


def live_codes() -> list[CodeType]:
    """The code of every function there is, and of the functions inside it, each once.

    Of a program that froze its heap (``gc.freeze``), those that can be reached from its modules: the collector names the
    frozen ones no more.
    """
    pending = [function.__code__ for function in _functions()]
    found: list[CodeType] = []
    seen: set[int] = set()
    while pending:
        code = pending.pop()
        if id(code) not in seen:
            seen.add(id(code))
            found.append(code)
            pending.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found


def _functions() -> Iterator[FunctionType]:
    yield from (thing for thing in gc.get_objects() if isinstance(thing, FunctionType))
    if not gc.get_freeze_count():
        return
    pending: list[Any] = list(sys.modules.values())
    seen = {id(pending)}
    while pending:
        thing = pending.pop()
        if id(thing) in seen or not (isinstance(thing, _LEADS_ON) or callable(thing)):
            continue
        seen.add(id(thing))
        if isinstance(thing, FunctionType):
            yield thing
        pending.extend(gc.get_referents(thing))
