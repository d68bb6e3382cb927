"""aiohttp, as a script asks it."""

import aiohttp

CONNECTIONS = 100  # at most


def new_client():
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))


async def get(client, url):
    async with client.get(url) as response:
        await response.read()
