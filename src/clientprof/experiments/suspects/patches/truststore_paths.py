"""A TLS context is told where the system's certificates are once, not in every handshake."""

import contextlib
import importlib
import weakref
from collections.abc import Iterator
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: truststore configures contexts elsewhere, or for another system."""
    api = importlib.import_module("truststore._api")
    original: Any = getattr(api, "_configure_context", None)
    if original is None or original.__module__ != "truststore._openssl":
        raise LookupError("truststore's configuration of OpenSSL contexts")
    told: weakref.WeakSet[Any] = weakref.WeakSet()

    @contextlib.contextmanager
    def configure(context: Any) -> Iterator[None]:
        if context in told:
            yield
            return
        with original(context):
            told.add(context)
            yield

    api._configure_context = configure  # type: ignore[attr-defined]
