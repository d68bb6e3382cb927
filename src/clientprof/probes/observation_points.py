"""Where an adapter says its client can be observed: boundaries, marks and counters, each at a named function.

A target is written ``module:Class.method`` or ``module:function``. Several targets separated by ``|`` are alternatives
for different versions; the first that exists is used. Targets are looked up at run time, never assumed.
"""

import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking
from clientprof.probes.patches import Patches


@dataclass(frozen=True, slots=True)
class BoundarySpec:
    """Work below this function belongs to ``layer`` until another boundary is entered.

    ``optional`` marks code that comes with an extra: its absence is not worth a warning.
    """

    target: str
    layer: Layer
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MarkSpec:
    """Stamp ``enter`` when the function is entered and ``leave`` when it returns or raises.

    ``awaited`` says that it is a coroutine function, which returns when the await of it ends. One that has become another
    kind of function would be left at the wrong time. ``connection`` says where the transport of the connection lies that is
    given out there: attributes from the function's first argument where it is entered, from what it returns where it is
    left; several ways separated by ``|``. ``optional`` marks what only some versions have, where another mark covers it in
    the rest.
    """

    target: str
    enter: Mark | None = None
    leave: Mark | None = None
    awaited: bool = False
    connection: str = ""
    optional: bool = False

    def fault(self, function: Callable[..., Any]) -> str | None:
        """Why the function found cannot be marked as stated, None where it can."""
        if self.leave is None or inspect.iscoroutinefunction(function) == self.awaited:
            return None
        return "is no coroutine function" if self.awaited else "has become a coroutine function"


@dataclass(frozen=True, slots=True)
class WaitSpec:
    """A call in which a thread may wait for another one: for a connection in the pool, or for a lock.

    ``optional`` marks what only some versions have, where another wait covers it in the rest.
    """

    target: str
    kind: Blocking
    optional: bool = False


@dataclass(frozen=True, slots=True)
class CounterSpec:
    """Count the calls of a function. ``expected`` is calls per request for a client that wastes none, if known."""

    name: str
    target: str
    meaning: str
    expected: float | None = None


def modules_of(target: str) -> tuple[str, ...]:
    """The modules that a target may be in, each once: alternatives are separated by ``|``."""
    return tuple(dict.fromkeys(part.strip().partition(":")[0] for part in target.split("|")))


@dataclass(frozen=True, slots=True)
class FoundSeam:
    """A function where it is looked up: ``vars(owner)[name]`` leads to it."""

    target: str
    owner: Any
    name: str
    function: Callable[..., Any]

    @property
    def codes(self) -> tuple[CodeType, ...]:
        """Code objects under this name: of the function itself and of whatever it wraps."""
        found: list[CodeType] = []
        function: Any = self.function
        while function is not None and len(found) < 8:
            code = getattr(function, "__code__", None)
            if code is not None:
                found.append(code)
            function = getattr(function, "__wrapped__", None)
        return tuple(found)

    def replace(self, replacement: Callable[..., Any], patches: Patches) -> bool:
        """Put the replacement in its place, wherever it is known by name; False where the owner forbids it."""
        try:
            patches.set_everywhere(self.owner, self.name, self.kept_kind(replacement))
        except (TypeError, AttributeError):
            return False  # a type of C
        return True

    def kept_kind(self, replacement: Callable[..., Any]) -> Any:
        """The replacement, as a static method, class method or property if the original is one."""
        bound = vars(self.owner)[self.name]
        if isinstance(bound, (staticmethod, classmethod)):
            return type(bound)(replacement)
        if isinstance(bound, property):
            return property(replacement, bound.fset, bound.fdel, bound.__doc__)
        return replacement


def find(target: str, *, loaded: bool = False) -> FoundSeam | None:
    """The function a target names in the installed version, None where no alternative exists; only in modules that are
    imported already if ``loaded``."""
    for alternative in target.split("|"):
        if loaded and alternative.strip().partition(":")[0] not in sys.modules:
            continue
        seam = _find_one(alternative.strip())
        if seam is not None:
            return seam
    return None


def _find_one(target: str) -> FoundSeam | None:
    module_name, _, path = target.partition(":")
    try:
        owner: Any = importlib.import_module(module_name)
    except ImportError:
        return None
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part, None)
        if owner is None:
            return None
    # A method inherited from a base class is patched where it is defined, so that every heir is seen.
    for candidate in inspect.getmro(owner) if inspect.isclass(owner) else (owner,):
        if name in vars(candidate):
            bound = vars(candidate)[name]
            function: Any = bound.fget if isinstance(bound, property) else bound
            function = getattr(function, "__func__", function)
            # A class in the place of a function is another thing: a wrapper would be no class.
            usable = callable(function) and not inspect.isclass(function)
            return FoundSeam(target, candidate, name, function) if usable else None
    return None
