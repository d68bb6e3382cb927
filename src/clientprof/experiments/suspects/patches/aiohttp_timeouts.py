"""Sessions without timeouts where none were asked for: no timer and no timer context per request."""

from typing import Any

import aiohttp.client
from aiohttp import ClientTimeout


def apply(_package: str) -> None:
    if not isinstance(aiohttp.client.DEFAULT_TIMEOUT, ClientTimeout):
        raise LookupError("aiohttp.client.DEFAULT_TIMEOUT")
    module: Any = aiohttp.client
    module.DEFAULT_TIMEOUT = ClientTimeout(total=None)
