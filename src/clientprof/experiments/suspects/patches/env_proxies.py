"""Sessions of requests that do not look into the environment: ``trust_env = False``, from the start."""

import importlib
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such session."""
    session = getattr(importlib.import_module("requests.sessions"), "Session", None)
    if session is None:
        raise LookupError("requests.Session")
    initialize = session.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  # it replaces that of the session
        initialize(self, *args, **kwargs)
        self.trust_env = False

    session.__init__ = __init__
