"""Timeouts and shields of asyncio's own kind, for tasks in which nobody else uses anyio's cancel scopes.

In a task without an outer scope a shield has nothing to keep out (it never stops ``Task.cancel``), and a scope with a
deadline does what ``asyncio.timeout`` does. In any other task anyio's own are used as before.
"""

import asyncio
import importlib
import types
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such scopes, or anyio keeps them elsewhere."""
    backend = importlib.import_module(f"{root}._backends.anyio")
    sync = importlib.import_module(f"{root}._synchronization")
    anyio: Any = importlib.import_module("anyio")
    states: Any = getattr(importlib.import_module("anyio._backends._asyncio"), "_task_states", None)
    if states is None or getattr(backend, "anyio", None) is None or getattr(sync, "anyio", None) is None:
        raise LookupError(f"anyio's scopes in {root}")

    def scoped() -> bool:
        """Whether this task runs in a cancel scope of anyio, or on another loop than asyncio's."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return True
        state = states.get(task)
        return state is not None and state.cancel_scope is not None

    def fail_after(delay: "float | None", shield: bool = False) -> Any:
        if scoped():
            return anyio.fail_after(delay, shield=shield)
        return _NO_LIMIT if delay is None else _Timeout(delay)

    def cancel_scope(*, deadline: float = float("inf"), shield: bool = False) -> Any:
        if not shield or deadline != float("inf") or scoped():
            return anyio.CancelScope(deadline=deadline, shield=shield)
        return _NO_LIMIT

    standin: Any = _Standin("anyio")
    standin._original = anyio
    standin.__dict__.update({name: value for name, value in vars(anyio).items() if not name.startswith("__")})
    standin.fail_after = fail_after
    standin.CancelScope = cancel_scope
    backend.anyio = standin  # type: ignore[attr-defined]
    sync.anyio = standin  # type: ignore[attr-defined]


class _Standin(types.ModuleType):
    """anyio, except for what was replaced."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_original"], name)


class _NoLimit:
    """A scope that does nothing."""

    __slots__ = ()

    def __enter__(self) -> "_NoLimit":
        return self

    def __exit__(self, *_: object) -> None:
        pass


_NO_LIMIT = _NoLimit()


class _Timeout:
    """``asyncio.timeout`` as a plain context manager: a timer that cancels the task, told apart from other cancelling."""

    __slots__ = ("_cancelling", "_delay", "_expired", "_task", "_timer")

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._expired = False

    def __enter__(self) -> "_Timeout":
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._timer = loop.call_later(self._delay, self._expire)
        return self

    def __exit__(self, kind: "type[BaseException] | None", error: Any, trace: Any) -> None:
        self._timer.cancel()
        if not self._expired:
            return
        mine = self._task.uncancel() <= self._cancelling
        if mine and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
