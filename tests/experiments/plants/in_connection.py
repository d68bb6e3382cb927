"""A burn in a property of aiohttp that no suspect is about, as if the library had it; and the property without it."""

import ast
import inspect
import textwrap
from types import CodeType, FunctionType
from typing import Any

# Large, because sends that it spaces out find the origin asleep, and to wake it costs each request up to 15 us in `send`:
# the sampler charges that to the send, where it is, and the gain contains it.
BURN = "for _ in range(4000): pass"


def apply(_package: str) -> None:
    from aiohttp.connector import Connection

    shown: Any = inspect.getattr_static(Connection, "protocol")
    plant(shown.fget)


def plant(function: FunctionType) -> None:
    """Put the burn into the function's own code: file, name and first line stay."""
    lines, _ = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()
    definition.body[0:0] = ast.parse(BURN).body
    was = function.__code__
    made = compile(ast.fix_missing_locations(tree), was.co_filename, "exec")
    (code,) = (each for each in made.co_consts if isinstance(each, CodeType))
    function.__code__ = code.replace(co_qualname=was.co_qualname, co_firstlineno=was.co_firstlineno)


def without(self: Any) -> Any:
    return self._protocol
