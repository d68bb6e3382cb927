"""Whether a private part of other people's code is still what an instrument was written against.

Theory of operation. Instruments override methods of asyncio, uvloop, trio, ssl and the clients, call some and read
attributes of some. None of these is promised to stay. So each stands in a table with the shape in which the instrument
uses it. The shape is held against what is installed, before the instrument goes in. Where one row of an instrument does
not fit, the whole instrument stays out and is named; the program goes on as if it had never been thought of.

An override hands on whatever it does not name itself, so a further parameter is no fault. It is one where *we* call.
A function of C may have no signature: then it can be held against its name only.
"""

import contextlib
import importlib
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import FunctionType
from typing import Any

_ABSENT = object()
_VAR = inspect.Parameter.VAR_POSITIONAL
_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Use(StrEnum):
    """What an instrument does with a seam, and so what its ``shape`` states.

    ``OVERRIDDEN``: the parameters that the override looks at, by name; it hands on all others. ``AWAITED``: the same of a
    coroutine function. ``REPLACED``: all parameters; the override takes no others. ``CALLED``: the arguments that we call it
    with, ``name=`` by keyword. ``READ``: nothing; it must be there. ``LOOKS_UP``: the name that its code looks up, and that
    is ours.
    """

    OVERRIDDEN = "overridden"
    AWAITED = "overridden, a coroutine function"
    REPLACED = "replaced"
    CALLED = "called"
    READ = "read"
    LOOKS_UP = "looks up what is ours"


@dataclass(frozen=True, slots=True)
class PrivateSeam:
    """One row. ``target`` is ``module:path``; ``Class()`` in the path is an instance made without arguments.

    ``shape`` is a list such as ``self, data``, see ``Use``. ``read_in`` names the versions whose source was read. A row that
    is not ``needed`` is absent from some of them, but must fit where it is.
    """

    target: str
    use: Use
    shape: str
    read_in: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """A row held against what is installed. ``fault`` None: it fits; ``checked`` False: it is there, without a signature."""

    seam: PrivateSeam
    fault: str | None
    checked: bool = True


def standing(seam: PrivateSeam) -> Standing:
    """Hold the row against what is installed; never raises."""
    try:
        with _found(seam.target) as thing:
            if thing is _ABSENT:
                return Standing(seam, "is not there" if seam.needed else None)
            fault, checked = _fault(seam, thing)
            return Standing(seam, fault, checked)
    except Exception as error:
        # Other people's code has run: an import, a constructor, a descriptor.
        return Standing(seam, f"raises {type(error).__name__}")


def misfits(seams: Iterable[PrivateSeam]) -> tuple[str, ...]:
    """What does not fit, one text a row."""
    held = map(standing, seams)
    return tuple(f"{one.seam.target} {one.fault}" for one in held if one.fault is not None)


def fault_of_call(function: Any, shape: str) -> str | None:
    """What is wrong with calling the function with the arguments of this shape, None where nothing is."""
    signature = _signature(function)
    names = _names(shape)
    if signature is None:
        return None
    try:
        signature.bind(
            *(name for name in names if name[-1] != "="), **{name[:-1]: 0 for name in names if name[-1] == "="}
        )
    except TypeError:
        return _instead(signature, shape)
    return None


def fault_of_override(function: Any, shape: str) -> str | None:
    """What is wrong with overriding the function by one that looks at the parameters of this shape."""
    signature = _signature(function)
    if signature is None:
        return None
    parameters = tuple(signature.parameters.values())
    for place, name in enumerate(_names(shape)):
        if name[-1] == "=":
            if name[:-1] not in signature.parameters and not _takes_any(parameters):
                return _instead(signature, shape)
            continue
        at_place = parameters[place] if place < len(parameters) else None
        if at_place is None or at_place.kind not in _NAMED:
            # A wrapper that takes anything does not tell; what it wraps decides.
            return (
                None
                if any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters)
                else (_instead(signature, shape))
            )
        if place and at_place.name != name:
            return _instead(signature, shape)
    return None


def with_global(function: FunctionType, name: str, value: object) -> FunctionType:
    """The function's own code, in whose eyes the global ``name`` is ``value``; all else, its signature too, is its own."""
    copy = FunctionType(
        function.__code__, {**function.__globals__, name: value}, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = function.__qualname__
    return copy


def _fault(seam: PrivateSeam, thing: Any) -> tuple[str | None, bool]:
    if seam.use is Use.READ:
        return None, True
    if not callable(thing) or (inspect.isclass(thing) and seam.use is not Use.CALLED):
        return "is no function", True
    if seam.use is Use.LOOKS_UP:
        found = isinstance(thing, FunctionType) and seam.shape in thing.__code__.co_names
        return None if found else f"does not look up {seam.shape}", True
    if seam.use is Use.AWAITED and not inspect.iscoroutinefunction(thing):
        # C code that does not say what it takes does not say either whether it is awaited.
        told = _signature(thing) is not None
        return ("is no coroutine function" if told else None), told
    fault = fault_of_call(thing, seam.shape) if seam.use is Use.CALLED else fault_of_override(thing, seam.shape)
    if fault is None and seam.use is Use.REPLACED:
        fault = _fault_of_more(thing, seam.shape)
    return fault, _signature(thing) is not None


def _fault_of_more(function: Any, shape: str) -> str | None:
    """A caller may pass what the override does not take."""
    signature = _signature(function)
    named = {name.rstrip("=") for name in _names(shape)}
    more = [] if signature is None else [one for one in signature.parameters.values() if one.kind is not _VAR]
    return None if signature is None or {one.name for one in more} <= named else _instead(signature, shape)


@contextlib.contextmanager
def _found(target: str) -> Iterator[Any]:
    """What the target names, ``_ABSENT`` where it is not there. An instance that was made is closed."""
    module, _, path = target.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ImportError:
        yield _ABSENT
        return
    with contextlib.ExitStack() as made:
        for part in path.split("."):
            found = getattr(found, part.removesuffix("()"), _ABSENT)
            if found is _ABSENT:
                break
            if part.endswith("()"):
                found = found()
                made.callback(getattr(found, "close", _nothing))
        yield found


def _signature(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _names(shape: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in shape.split(",") if name.strip())


def _takes_any(parameters: Iterable[inspect.Parameter]) -> bool:
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)


def _instead(signature: inspect.Signature, shape: str) -> str:
    """Names only: defaults and annotations may be long, and say nothing here."""
    return f"takes ({', '.join(signature.parameters)}) where ({shape}) was expected"


def _nothing() -> None:
    """An instance without a close method is left to the collector."""
