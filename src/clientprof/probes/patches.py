"""Attributes replaced for the time of a measurement, and put back exactly as they were."""

import functools
import inspect
import sys
import weakref
from types import FunctionType, ModuleType
from typing import Any

_MISSING = object()
# By the function itself: a block that is opened often replaces the same ones.
_parameters: "weakref.WeakKeyDictionary[FunctionType, inspect.Signature]" = weakref.WeakKeyDictionary()


class Patches:
    """A stack of replaced attributes. ``restore()`` undoes them in reverse order; calling it twice is harmless."""

    def __init__(self) -> None:
        self._everywhere: list[tuple[object, object]] = []
        self._done: list[tuple[Any, str, Any, object]] = []

    def set(self, owner: Any, name: str, value: object) -> None:
        """Replace ``owner.name``; what the owner itself held (not what it inherited) is remembered."""
        original = vars(owner).get(name, _MISSING)
        _tell_parameters(value)
        setattr(owner, name, value)  # raises for a type of C
        self._done.append((owner, name, original, value))

    def set_everywhere(self, owner: Any, name: str, value: object) -> None:
        """Replace ``owner.name`` and, for a module's function, every module-level name bound to the same object; for a
        method, every partial method of the class that is made of it.

        ``from x import f`` copies the reference, so replacing it in its home module alone misses its users; so does
        ``get = partialmethod(request, "GET")``.
        """
        original = vars(owner).get(name, _MISSING)
        self.set(owner, name, value)
        if isinstance(owner, type):
            for alias, bound in list(vars(owner).items()):
                if isinstance(bound, functools.partialmethod) and bound.func is original:
                    self.set(owner, alias, functools.partialmethod(value, *bound.args, **bound.keywords))
        if not isinstance(owner, ModuleType) or original is _MISSING:
            return
        self._everywhere.append((original, value))
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and module is not owner:
                for alias, bound in list(vars(module).items()):
                    if bound is original:
                        self.set(module, alias, value)

    def restore(self) -> None:
        """Put everything back."""
        while self._done:
            owner, name, original, _value = self._done.pop()
            self._put_back(owner, name, original)

    def restore_ours(self) -> None:
        """Put back what is still as we set it. What somebody else has replaced meanwhile is his, and stays: to put back what
        was there before us would undo his change, or bring back one that he has undone."""
        while self._done:
            owner, name, original, value = self._done.pop()
            if vars(owner).get(name, _MISSING) is value:
                self._put_back(owner, name, original)

    def restore_later_names(self) -> None:
        """Put back names that modules bound to a function of ours because they were imported meanwhile."""
        originals = {id(value): (original, value) for original, value in self._everywhere}
        self._everywhere.clear()
        for module in list(sys.modules.values()) if originals else ():
            if isinstance(module, ModuleType):
                for alias, bound in list(vars(module).items()):
                    found = originals.get(id(bound))
                    if found is not None and found[1] is bound:
                        setattr(module, alias, found[0])

    @staticmethod
    def _put_back(owner: Any, name: str, original: object) -> None:
        if original is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _tell_parameters(value: object) -> None:
    """Have a wrapper tell the parameters of what it wraps to those who ask with ``inspect.getfullargspec``, too.

    That reads ``__signature__`` and does not follow ``__wrapped__``. respx hands arguments on by the names that it finds
    there: a wrapper that has none breaks every test that it mocks.
    """
    function = getattr(value, "__func__", value)  # of a static or a class method
    wrapped = getattr(function, "__wrapped__", None)
    if type(function) is not FunctionType or type(wrapped) is not FunctionType or hasattr(wrapped, "__wrapped__"):
        return
    parameters = _parameters.get(wrapped)
    if parameters is None:
        try:
            parameters = inspect.signature(wrapped)
        except Exception:
            return  # an annotation that cannot be evaluated: nobody can ask the function itself either
        _parameters[wrapped] = parameters
    vars(function).setdefault("__signature__", parameters)
