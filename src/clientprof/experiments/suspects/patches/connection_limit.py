"""Every pool of connections has that limit, for open and for idle ones, whatever the program asked for."""

import functools
import importlib
import inspect
from typing import Any


def apply(argument: str) -> None:
    """``httpcore:512``, ``httpcore2:512`` or ``aiohttp:512``.

    Raises: LookupError: no such pool.
    """
    root, _, number = argument.partition(":")
    if root == "aiohttp":
        _limit_aiohttp(int(number))
    else:
        _limit_httpx(root.replace("httpcore", "httpx"), int(number))


def _limit_httpx(package: str, number: int) -> None:
    module = importlib.import_module(f"{package}._transports.default")
    limits = importlib.import_module(f"{package}._config").Limits

    def wanted(given: Any) -> Any:
        expiry = {} if given is None else {"keepalive_expiry": given.keepalive_expiry}
        return limits(max_connections=number, max_keepalive_connections=number, **expiry)

    for name in ("AsyncHTTPTransport", "HTTPTransport"):
        kind = getattr(module, name, None)
        if kind is None or "limits" not in inspect.signature(kind.__init__).parameters:
            raise LookupError(f"{name} of httpx with limits")
        kind.__init__ = _with(kind.__init__, "limits", wanted)


def _limit_aiohttp(number: int) -> None:
    kind = importlib.import_module("aiohttp.connector").BaseConnector
    if "limit" not in inspect.signature(kind.__init__).parameters:
        raise LookupError("BaseConnector of aiohttp with limit")
    kind.__init__ = _with(kind.__init__, "limit", lambda _given: number)


def _with(initialize: Any, option: str, wanted: Any) -> Any:
    signature = inspect.signature(initialize)

    @functools.wraps(initialize)  # the next patch asks for its parameters
    def __init__(*args: Any, **kwargs: Any) -> None:  # noqa: N807  # it replaces that of the pool
        given = signature.bind(*args, **kwargs)
        given.arguments[option] = wanted(given.arguments.get(option, signature.parameters[option].default))
        initialize(*given.args, **given.kwargs)

    return __init__
