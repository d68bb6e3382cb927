"""Idle connections of a client that sets no expiry are kept for five minutes instead of five seconds."""

import importlib

_KEPT_S = 300.0


def apply(root: str) -> None:
    """Raises: LookupError: no such default."""
    config = importlib.import_module(f"{root.replace('httpcore', 'httpx')}._config")
    default, limits = getattr(config, "DEFAULT_LIMITS", None), getattr(config, "Limits", None)
    named = getattr(getattr(limits, "__init__", None), "__kwdefaults__", None) or {}
    if default is None or "keepalive_expiry" not in named:
        raise LookupError("default keepalive_expiry of httpx")
    default.keepalive_expiry = named["keepalive_expiry"] = _KEPT_S
