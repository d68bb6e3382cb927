"""Waits put into a coroutine function of a client, as if the library had them: file, name and first line stay."""

import ast
import asyncio
import importlib
import inspect
import textwrap
from types import CodeType, FunctionType
from typing import Any

SLEEP_S = 0.01
_SLEEP = "import {library} as planted\nawait planted.sleep({seconds})"
_LOCK = "async with PLANTED_LOCK:\n    pass"


def sleep(target: str) -> None:
    """The function (``module:qualified.name``) sleeps before it does anything."""
    _sleep(target, "asyncio")


def sleep_of_trio(target: str) -> None:
    _sleep(target, "trio")


def sleep_of_anyio(target: str) -> None:
    _sleep(target, "anyio")


def lock(target: str) -> None:
    """One call of the function at a time."""
    _lock(target, asyncio.Lock())


def lock_of_trio(target: str) -> None:
    import trio

    _lock(target, trio.Lock())


def lock_of_anyio(target: str) -> None:
    import anyio

    _lock(target, anyio.Lock())


def _sleep(target: str, library: str) -> None:
    function, definition = _opened(target)
    definition.body[0:0] = ast.parse(_SLEEP.format(library=library, seconds=SLEEP_S)).body
    _put(function, definition)


def _lock(target: str, held_by: object) -> None:
    function, definition = _opened(target)
    function.__globals__["PLANTED_LOCK"] = held_by
    (held,) = compile(_LOCK, "planted", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body  # type: ignore[attr-defined]
    held.body = definition.body
    definition.body = [held]
    _put(function, definition)


def _opened(target: str) -> tuple[FunctionType, ast.AsyncFunctionDef]:
    module, _, qualified = target.partition(":")
    function: Any = importlib.import_module(module)
    for part in qualified.split("."):
        function = getattr(function, part)
    lines, _ = inspect.getsourcelines(function)
    (definition,) = ast.parse(textwrap.dedent("".join(lines))).body
    assert isinstance(definition, ast.AsyncFunctionDef)
    definition.decorator_list.clear()
    return function, definition


def _put(function: FunctionType, definition: ast.AsyncFunctionDef) -> None:
    was = function.__code__
    module = ast.fix_missing_locations(ast.Module([definition], []))
    made = compile(module, was.co_filename, "exec", dont_inherit=True)
    # Since Python 3.14 the annotations are code of their own beside the function's.
    (code,) = (each for each in made.co_consts if isinstance(each, CodeType) and each.co_name == definition.name)
    function.__code__ = code.replace(co_qualname=was.co_qualname, co_firstlineno=was.co_firstlineno)
