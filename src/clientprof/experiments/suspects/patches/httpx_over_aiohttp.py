"""Clients of httpx for which the program made no transport send their requests by aiohttp: package httpx-aiohttp."""

import importlib


def apply(_root: str) -> None:
    """Raises: LookupError: another httpx. ImportError: the package is missing, or does not fit to this httpx."""
    client = importlib.import_module("httpx").AsyncClient
    other = importlib.import_module("httpx_aiohttp").HttpxAiohttpClient
    for name in ("_init_transport", "_init_proxy_transport"):
        if not hasattr(client, name) or name not in vars(other):
            raise LookupError(f"AsyncClient.{name} of httpx")
        setattr(client, name, vars(other)[name])
