"""Changes of the measured process for an experiment: a function replaced, something called at the start, a dose added.

They are made before the client is built, before anything is observed, and last until the process ends.
"""

import functools
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time_ns
from types import ModuleType
from typing import Any

from clientprof.probes.patches import Patches

Function = Callable[..., Any]


class ChangeError(Exception):
    """A change that cannot be made to what is installed. The message is one line and names it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    With ``target`` (``module:qualified.name``) and ``file``: the target is replaced by the file's object ``name``.
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
        try:
            assert replacement is not None
            replacement(change.argument)
        except (LookupError, AttributeError, ImportError) as error:
            raise ChangeError(f"{change.name} of {Path(change.file).name} finds no {_named(error)}") from error
        return
    owner, name, original = find_target(change.target)
    if replacement is None:
        function = original.__func__ if isinstance(original, (staticmethod, classmethod)) else original
        slowed = slower(function, change.dose_us)
        replacement = type(original)(slowed) if function is not original else slowed
    Patches().set_everywhere(owner, name, replacement)


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
    if not callable(found) and not isinstance(found, (staticmethod, classmethod)):
        raise ChangeError(f"{target} is no function")
    return owner, name, found


def slower(original: Function, dose_us: float) -> Function:
    """The function, spending that much of its thread's CPU before each call. A coroutine function stays one."""
    dose_ns = int(dose_us * 1000)

    def burn() -> None:
        until = thread_time_ns() + dose_ns
        while thread_time_ns() < until:
            pass

    if inspect.iscoroutinefunction(original):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            burn()
            return await original(*args, **kwargs)

        return functools.wraps(original)(awaited)

    def called(*args: Any, **kwargs: Any) -> Any:
        burn()
        return original(*args, **kwargs)

    return functools.wraps(original)(called)


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
