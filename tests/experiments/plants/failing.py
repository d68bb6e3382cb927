"""Faults put into aiohttp that make requests fail: a connection closed that was given out, a loop held over a timeout."""

import asyncio
import time
from typing import Any

EVERY = 5


def closes_what_it_has_given_out(_argument: str) -> None:
    """Every fifth connection that the pool gives out is closed before its request is written."""
    from aiohttp.client_reqrep import ClientRequest

    name = "_send" if hasattr(ClientRequest, "_send") else "send"
    original = getattr(ClientRequest, name)
    calls = 0

    async def send(self: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 20 and calls % EVERY == 0:
            connection.transport.close()
        return await original(self, connection, *args, **kwargs)

    setattr(ClientRequest, name, send)


def holds_the_loop_over_a_timeout(_argument: str) -> None:
    """Requests may take 3 s, the server takes 0.1 s, and from 0.05 s on the loop is held for 4 s."""
    import aiohttp.client

    aiohttp.client.DEFAULT_TIMEOUT = aiohttp.ClientTimeout(total=3.0)
    original = aiohttp.client.ClientSession._request
    calls = 0

    async def _request(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 36:
            asyncio.get_running_loop().call_later(0.05, slow_callback)
        return await original(self, *args, **kwargs)

    aiohttp.client.ClientSession._request = _request  # type: ignore[method-assign]


def slow_callback() -> None:
    """What holds the loop, without a load on a machine that others use."""
    time.sleep(4.0)
