"""Nothing is built for events that nobody listens to: one silent object stands for all of them."""

import importlib
import logging
import sys
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such events."""
    for name in ("connection", "http11", "http2", "connection_pool"):
        try:
            importlib.import_module(f"{root}._async.{name}")
        except ImportError:  # HTTP/2 is an extra
            continue
    original = getattr(importlib.import_module(f"{root}._trace"), "Trace", None)
    if original is None:
        raise LookupError(f"{root}._trace.Trace")

    def trace(name: str, logger: logging.Logger, request: Any = None, kwargs: Any = None) -> Any:
        unheard = request is None or "trace" not in request.extensions
        if unheard and not logger.isEnabledFor(logging.DEBUG):
            return _SILENT
        return original(name, logger, request, kwargs)

    for known, module in list(sys.modules.items()):
        if known.startswith(f"{root}.") and getattr(module, "Trace", None) is original:
            module.Trace = trace  # type: ignore[attr-defined]


class _Done:
    """Awaited, it gives its value without a turn of the loop. It is its own iterator, and never in use twice at once."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Any:
        return self

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> None:
        raise StopIteration(self._value)


class _Silent:
    """A ``Trace`` without a listener. ``return_value`` is set by whoever was traced, and read by nobody."""

    return_value: Any = None

    def __enter__(self) -> "_Silent":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __aenter__(self) -> _Done:
        return _ENTERED

    def __aexit__(self, *_: object) -> _Done:
        return _LEFT

    def __setattr__(self, name: str, value: object) -> None:
        pass


_SILENT = _Silent()
_ENTERED = _Done(_SILENT)
_LEFT = _Done(None)
