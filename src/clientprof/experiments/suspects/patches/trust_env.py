"""Clients of httpx that do not look into the environment for proxies and certificates: ``trust_env=False``."""

import importlib
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such client."""
    client = getattr(importlib.import_module(f"{root.replace('httpcore', 'httpx')}._client"), "AsyncClient", None)
    if client is None:
        raise LookupError("AsyncClient of httpx")
    initialize = client.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  # it replaces that of the client
        kwargs.setdefault("trust_env", False)
        initialize(self, *args, **kwargs)

    client.__init__ = __init__
