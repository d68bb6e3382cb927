"""Queues of a program: what they are, how much is in them, and which variables a function takes things from.

A look from another thread must run no code of the program: no property, no method of a subclass, no lock. So attributes are
read out of the objects' own dictionaries, and lengths are those of the lists and deques in them.
"""

import dis
import sys
from collections import deque
from functools import lru_cache
from types import CodeType
from typing import Any

_TAKES = frozenset(("get", "get_nowait"))
# Queues of the standard library with what is in them.
_QUEUES = {"asyncio": "_queue", "queue": "queue"}
_NAME_OF: Any = type.__dict__["__name__"]
# Between a variable and what is loaded of it, and between that and its call.
_NOTHING = ("CACHE", "NOP", "PUSH_NULL", "PRECALL", "EXTENDED_ARG", "NOT_TAKEN")


def items_in(thing: Any) -> tuple[str, int] | None:
    """What kind of queue the thing is, and how much is in it; None where it is none."""
    kind = type(thing)
    for module, inside in _QUEUES.items():
        known: Any = sys.modules.get(module)
        queue = getattr(known, "Queue", None)
        if isinstance(queue, type) and issubclass(kind, queue):
            held: Any = own_attributes(thing).get(inside)
            return f"{module}.{_NAME_OF.__get__(kind)}", len(held) if type(held) in (list, deque) else 0
        if kind is getattr(known, "SimpleQueue", None):
            return f"{module}.SimpleQueue", thing.qsize()
    return None


def own_attributes(thing: Any) -> dict[str, Any]:
    """The dictionary of an object; empty where it has none, or one of a kind of its own."""
    try:
        found = object.__getattribute__(thing, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if type(found) is dict else {}


@lru_cache(4096)
def names_taken_from(code: CodeType) -> frozenset[str]:
    """Variables and attributes whose ``get`` or ``get_nowait`` the function loads: ``todo`` of ``self.todo.get()``."""
    found, before = set(), None
    for each in dis.get_instructions(code):
        if each.opname in _NOTHING:
            continue
        if each.opname in ("LOAD_ATTR", "LOAD_METHOD") and each.argval in _TAKES and before is not None:
            found.add(before)
        loaded = each.argval[-1] if isinstance(each.argval, tuple) and each.argval else each.argval
        before = loaded if each.opname.startswith("LOAD_") and isinstance(loaded, str) else None
    return frozenset(found)


@lru_cache(4096)
def awaits_next_item(code: CodeType) -> bool:
    """Whether a coroutine calls ``get_nowait``, or ``get`` without arguments, as that of a queue is called and none of a
    client."""
    taking = False
    for each in dis.get_instructions(code):
        if each.opname in _NOTHING and not (each.opname == "PRECALL" and each.arg):
            continue
        if taking and each.opname == "CALL" and not each.arg:
            return True
        taking = each.opname in ("LOAD_ATTR", "LOAD_METHOD") and each.argval == "get"
        if each.opname in ("LOAD_ATTR", "LOAD_METHOD") and each.argval == "get_nowait":
            return True
    return False
