"""A client that sets no timeouts waits for a connection as long as it takes; its other timeouts stay."""

import importlib


def apply(root: str) -> None:
    """Raises: LookupError: no such default."""
    config = importlib.import_module(f"{root.replace('httpcore', 'httpx')}._config")
    default = getattr(config, "DEFAULT_TIMEOUT_CONFIG", None)
    if default is None or not hasattr(default, "pool"):
        raise LookupError("default pool timeout of httpx")
    default.pool = None
