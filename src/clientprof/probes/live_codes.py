"""All code of Python functions that are alive, for instruments that are told of files and lines only."""

import functools
import gc
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from clientprof.probes.stack_walks import frames_of_others, no_collections

# What leads from a module to its functions. Read by the type's own descriptors, which run no code of the program's: a module
# may load itself when its names are read. ``gc.get_referents`` must not be asked instead: it hands out whatever an extension
# shows the collector, and on CPython 3.12 ``_asyncio`` shows objects that it has freed, which then are freed again.
_MODULE_NAMES = vars(ModuleType)["__dict__"].__get__
_CLASS_NAMES = vars(type)["__dict__"].__get__


def _values(thing: dict[Any, Any]) -> Iterable[Any]:
    return list(dict.values(thing))


def _of_function(thing: FunctionType) -> Iterable[Any]:
    yield from thing.__closure__ or ()
    yield thing.__dict__  # a decorated function's ``__wrapped__``


def _of_cell(thing: CellType) -> Iterable[Any]:
    try:
        yield thing.cell_contents
    except ValueError:
        return  # it is empty


_LEADS_ON: dict[type, Callable[[Any], Iterable[Any]]] = {
    ModuleType: lambda thing: _values(_MODULE_NAMES(thing)),
    type: lambda thing: list(_CLASS_NAMES(thing).values()),
    FunctionType: _of_function,
    MethodType: lambda thing: (thing.__func__,),
    CellType: _of_cell,
    dict: _values,
    list: list.copy,
    tuple: lambda thing: tuple.__getitem__(thing, slice(None)),
    property: lambda thing: (thing.fget, thing.fset, thing.fdel),
    functools.cached_property: lambda thing: (thing.func,),
    functools.partial: lambda thing: (thing.func, thing.args, thing.keywords),
    functools.partialmethod: lambda thing: (thing.func,),
    functools.singledispatchmethod: lambda thing: (thing.func,),
    staticmethod: lambda thing: (thing.__func__,),
    classmethod: lambda thing: (thing.__func__,),
    type(functools.cache(int)): lambda thing: (thing.__wrapped__,),
}


def live_codes() -> list[CodeType]:
    """The code of every function there is and of all that runs, and of the functions inside it, each once.

    Of a program that froze its heap (``gc.freeze``), those that Python's own kinds of holders lead to from its modules: the
    collector names the frozen ones no more.
    """
    pending = [function.__code__ for function in _functions()]
    # Not of functions, or of functions that nothing leads to: code of modules, and what was run by ``exec``.
    with no_collections():
        pending.extend(each.f_code for each, _ in traceback.walk_stack(sys._getframe()))
        for frame in frames_of_others().values():
            pending.extend(each.f_code for each, _ in traceback.walk_stack(frame))
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
    yield from (thing for thing in gc.get_objects() if type(thing) is FunctionType)
    if not gc.get_freeze_count():
        return
    pending: list[Any] = list(sys.modules.values())
    seen = {id(pending)}
    while pending:
        thing = pending.pop()
        leads_on = _reader(type(thing))
        if leads_on is None or id(thing) in seen:
            continue
        seen.add(id(thing))
        if type(thing) is FunctionType:
            yield thing
        pending.extend(leads_on(thing))


def _reader(kind: type) -> Callable[[Any], Iterable[Any]] | None:
    """How to read what a thing of that class leads to; None where nothing is known of it."""
    return next((_LEADS_ON[each] for each in kind.__mro__ if each in _LEADS_ON), None)
