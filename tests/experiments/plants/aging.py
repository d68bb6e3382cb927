"""Slow-downs that come with age, put into aiohttp and into ``ssl``: a list that grows and is scanned, dearer handshakes."""

import ssl
from typing import Any

_SEEN: list[int] = []


def scans_what_it_keeps(_argument: str) -> None:
    """Every request is kept in a list, and the next one looks at all of them."""
    import aiohttp.client

    original = aiohttp.client.ClientSession._request

    async def _request(self: Any, *args: Any, **kwargs: Any) -> Any:
        scan_all(len(_SEEN))
        _SEEN.append(len(_SEEN))
        return await original(self, *args, **kwargs)

    aiohttp.client.ClientSession._request = _request  # type: ignore[method-assign]


def scan_all(wanted: int) -> bool:
    """The slow-down itself."""
    return any(each == wanted for each in _SEEN)


def handshakes_get_dearer(_argument: str) -> None:
    """Every connection looks at all that were made before it, where it is wrapped in TLS."""
    original = ssl.SSLContext.wrap_bio
    made: list[int] = []

    def wrap_bio(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(len(made))
        for _ in range(5_000):
            sum(made)
        return original(self, *args, **kwargs)

    ssl.SSLContext.wrap_bio = wrap_bio  # type: ignore[method-assign]
