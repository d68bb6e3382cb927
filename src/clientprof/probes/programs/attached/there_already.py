"""Tools that trace, profile or debug a process already: whatever is measured beside them has their cost in it."""

import sys
import threading
from typing import Any


def tools_there() -> list[str]:
    """Their names, as far as the interpreter tells; call it in the main thread."""
    found = [f"{_name(tool)} by {by}" for tool, by in _functions() if tool is not None]
    monitoring: Any = getattr(sys, "monitoring", None)
    for number in range(6) if monitoring is not None else ():
        name = monitoring.get_tool(number)
        if name is not None and name not in ("sys.setprofile", "sys.settrace"):
            found.append(f"{name} by sys.monitoring")
    return list(dict.fromkeys(found))


def _functions() -> list[tuple[Any, str]]:
    rows = [(sys.gettrace(), "sys.settrace"), (sys.getprofile(), "sys.setprofile")]
    rows += [(threading.gettrace(), "threading.settrace"), (threading.getprofile(), "threading.setprofile")]
    return rows


def _name(function: Any) -> str:
    """The package that the function is of: the first module of its type's or its own."""
    owner = getattr(function, "__self__", function)
    module = getattr(function, "__module__", None) or type(owner).__module__
    return str(module).partition(".")[0] or type(owner).__name__
