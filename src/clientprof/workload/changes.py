"""Changes of the measured process for an experiment: a function replaced, something called at the start, a dose added.

They are made before the client is built, before anything is observed, and last until the process ends.
"""

import functools
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import thread_time_ns
from types import ModuleType
from typing import Any

from clientprof.probes.patches import Patches

Function = Callable[..., Any]
# A burn lasts at least so long: beside it, what the clock's two ends and the loop between them leave uncertain is small.
SHORTEST_BURN_NS = 20_000
# Where the descriptors of properties and cached properties (functools', propcache's) keep their function.
_FUNCTION_OF = ("fget", "func", "wrapped")


class ChangeError(Exception):
    """A change that cannot be made to what is installed. The message is one line and names it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    With ``target`` (``module:qualified.name``) and ``file``: the target is replaced by the file's function ``name``; a
    static or class method, a property or a cached function stays one.
    With ``file`` alone: its function ``name`` is called once, with ``argument``; it raises ``LookupError`` where what is
    installed lacks what it changes. With ``target`` alone: every call of it spends ``dose_us`` of thread CPU more.
    """

    target: str = ""
    file: str = ""
    name: str = ""
    argument: str = ""
    dose_us: float = 0.0


def make_changes(changes: Sequence[Change]) -> None:
    """Make all of them, in order.

    Raises:
        ChangeError: one cannot be made.
    """
    for change in changes:
        _make(change)


def _make(change: Change) -> None:
    replacement = _loaded(change.file, change.name) if change.file else None
    if not change.target:
        assert replacement is not None, "a change without target and file"
        try:
            replacement(change.argument)
        except (LookupError, AttributeError, ImportError) as error:
            raise ChangeError(
                f"{change.name} of {Path(change.file).name} finds nothing to change: {_named(error)}"
            ) from error
        except Exception as error:
            raise ChangeError(f"{change.name} of {Path(change.file).name} failed: {_named(error)}") from error
        return
    owner, name, original = find_target(change.target)
    function, rebuilt = _opened(owner, name, original)
    new = slower(function, change.dose_us) if replacement is None else replacement
    try:
        Patches().set_everywhere(owner, name, rebuilt(new))
    except TypeError as error:
        raise ChangeError(f"{change.target} cannot be replaced: {_named(error)}") from error


def _opened(owner: Any, name: str, original: Any) -> tuple[Function, Callable[[Function], Any]]:
    """The function inside what the owner holds under that name, and what makes the same kind of thing of another one."""
    if isinstance(original, (staticmethod, classmethod)):
        return original.__func__, type(original)
    if isinstance(original, property):
        return original.fget or _nothing, lambda new: property(new, original.fset, original.fdel, original.__doc__)
    if hasattr(original, "cache_parameters"):
        # What is slow is the function, not finding its answer in the cache.
        return original.__wrapped__, lambda new: functools.lru_cache(**original.cache_parameters())(new)
    if callable(original):
        return original, lambda new: new
    inner = next(getattr(original, each) for each in _FUNCTION_OF if hasattr(original, each))

    def cached(new: Function) -> Any:
        made = type(original)(new)
        if hasattr(made, "__set_name__"):
            made.__set_name__(owner, name)
        return made

    return inner, cached


def _nothing(_: object) -> None:
    """A property that can only be set."""


def find_target(target: str) -> tuple[Any, str, Any]:
    """The target's owner, its name there, and the object itself as the owner holds it (a ``staticmethod`` stays one).

    Raises:
        ChangeError: the form is wrong, or there is no such thing, or it cannot be called.
    """
    module, colon, qualified = target.partition(":")
    if not colon or not module or not qualified:
        raise ChangeError(f"{target!r} is no target; write module:function or module:Class.method")
    try:
        owner: Any = importlib.import_module(module)
    except ImportError as error:
        raise ChangeError(f"{target}: no module {module} is installed ({error})") from error
    *path, name = qualified.split(".")
    for part in path:
        owner = getattr(owner, part, None)
    found = inspect.getattr_static(owner, name, None)
    if found is None:
        raise ChangeError(f"{target}: {module} of the installed version has no {qualified}")
    wraps = isinstance(found, (staticmethod, classmethod)) or any(
        callable(getattr(found, n, None)) for n in _FUNCTION_OF
    )
    if not callable(found) and not wraps:
        raise ChangeError(f"{target} is no function")
    return owner, name, found


def slower(original: Function, dose_us: float) -> Function:
    """The function, spending that much of its thread's CPU at each call, on average. A coroutine function stays one.

    Small doses are saved up until they are worth a burn; what a burn takes beyond its due is taken off the next.
    """
    dose_ns = dose_us * 1000
    read_ns = clock_read_ns()
    due_ns = 0.0

    def burn() -> None:
        nonlocal due_ns
        began = now = thread_time_ns()
        # Of each of the two readings at the ends, half lies outside.
        until = began + due_ns - read_ns
        while now < until:
            now = thread_time_ns()
        due_ns -= now - began + read_ns

    if inspect.iscoroutinefunction(original):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            nonlocal due_ns
            due_ns += dose_ns
            if due_ns >= SHORTEST_BURN_NS:
                burn()
            return await original(*args, **kwargs)

        return functools.wraps(original)(awaited)

    def called(*args: Any, **kwargs: Any) -> Any:
        # In line: another call would cost more than a small dose.
        nonlocal due_ns
        due_ns += dose_ns
        if due_ns >= SHORTEST_BURN_NS:
            burn()
        return original(*args, **kwargs)

    return functools.wraps(original)(called)


def clock_read_ns() -> float:
    """What one reading of the thread's CPU clock takes of it: the least over a few batches."""
    batches = ([thread_time_ns() for _ in range(64)] for _ in range(8))
    return min(sum(later - earlier for earlier, later in pairwise(batch)) / 63 for batch in batches)


def _loaded(file: str, name: str) -> Any:
    path = Path(file)
    spec = importlib.util.spec_from_file_location(f"clientprof_change_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ChangeError(f"{path.name} is no Python file")
    module: ModuleType = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ChangeError(f"{path.name} could not be loaded: {_named(error)}") from error
    if not callable(found := getattr(module, name, None)):
        raise ChangeError(f"{path.name} has no function {name}")
    return found


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
