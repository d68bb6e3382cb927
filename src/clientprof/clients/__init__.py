"""The clients under test, one adapter a file, and the table that names them."""

from clientprof.clients.adapter import Adapter
from clientprof.clients.aiohttp_client import AiohttpAdapter
from clientprof.clients.httpx_client import HttpxAdapter

CLIENTS: dict[str, type[Adapter]] = {
    "httpx": HttpxAdapter,
    "aiohttp": AiohttpAdapter,
}
