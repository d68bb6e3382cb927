"""The context manager that translates exceptions, as a plain object instead of a generator."""

import importlib
import sys
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such context manager."""
    client = root.replace("httpcore", "httpx")
    for module in (f"{root}._backends.anyio", f"{root}._async.http11", f"{client}._transports.default"):
        importlib.import_module(module)
    exceptions = importlib.import_module(f"{root}._exceptions")
    transport = sys.modules[f"{client}._transports.default"]
    _replace(root, exceptions, "map_exceptions", _Mapping)
    if not hasattr(transport, "map_httpcore_exceptions"):
        return
    by_generator = transport.map_httpcore_exceptions

    class Transported:
        """Only an exception meets the generator that knows how to translate it."""

        __slots__ = ()

        def __enter__(self) -> None:
            pass

        def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
            if error is not None and isinstance(error, Exception):
                with by_generator():
                    raise error

    mapping = Transported()
    _replace(client, transport, "map_httpcore_exceptions", lambda: mapping)


class _Mapping:
    """``map_exceptions``: exceptions of one kind become those of another, with the first as their cause."""

    __slots__ = ("_map",)

    def __init__(self, map: Any) -> None:  # noqa: A002  # the original's own name
        self._map = map

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or not isinstance(error, Exception):
            return
        for given, wanted in self._map.items():
            if isinstance(error, given):
                raise wanted(error) from error


def _replace(package: str, owner: Any, name: str, replacement: Any) -> None:
    """Wherever the package's modules hold it."""
    original = getattr(owner, name, None)
    if original is None:
        raise LookupError(f"{owner.__name__}.{name}")
    for known, module in list(sys.modules.items()):
        if (known == package or known.startswith(f"{package}.")) and getattr(module, name, None) is original:
            setattr(module, name, replacement)
