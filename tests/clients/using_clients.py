"""Clients used as the tests of adapters use them: built, asked and closed in a loop of their own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clientprof.clients.adapter import Adapter, Answer, AsyncAdapter, ClientOptions, Feature, Request
from clientprof.origin.process import Journal, OriginProcess

WAIT_S = 10.0


def needs(adapter: Adapter, feature: Feature) -> None:
    """Leave the test where the adapter does not claim the feature."""
    if feature not in adapter.features:
        pytest.skip(f"{adapter.name} has no {feature}")


def with_client(adapter: AsyncAdapter, options: ClientOptions, use: Callable[[Any], Awaitable[Any]]) -> Any:
    """Build, use and close a client in a loop of its own."""

    async def main() -> Any:
        client = adapter.build(options)
        try:
            return await use(client)
        finally:
            await adapter.close(client)

    return asyncio.run(main())


def fetch_together(adapter: AsyncAdapter, options: ClientOptions, url: str, count: int) -> list[Answer]:
    async def use(client: Any) -> list[Answer]:
        return list(await asyncio.gather(*(adapter.fetch(client, Request(url)) for _ in range(count))))

    answers: list[Answer] = with_client(adapter, options, use)
    return answers


def settled(origin: OriginProcess) -> Journal:
    """The journal once all connections are closed; the server hears of a close a moment later."""
    limit_s = time.monotonic() + WAIT_S
    while (journal := origin.journal()).connections_open and time.monotonic() < limit_s:
        time.sleep(0.01)
    return journal


def fetch_one(adapter: AsyncAdapter, options: ClientOptions, request: Request) -> Answer:
    """One request of a new client."""

    async def use(client: Any) -> Answer:
        return await adapter.fetch(client, request)

    answer: Answer = with_client(adapter, options, use)
    return answer
