"""Loops that asyncio makes by itself are uvloop's. A program that names its loop keeps that."""

import importlib

_POLICIES = ("_UnixDefaultEventLoopPolicy", "_DefaultEventLoopPolicy")


def apply(_root: str) -> None:
    """Raises: LookupError: no such policy of asyncio. ImportError: no uvloop here."""
    module = importlib.import_module("asyncio.unix_events")
    loop = importlib.import_module("uvloop").Loop
    found = [kind for name in _POLICIES if (kind := getattr(module, name, None)) is not None]
    if not found:
        raise LookupError("event loop policy of asyncio")
    for kind in found:
        kind._loop_factory = loop
