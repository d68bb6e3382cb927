"""An httpx transport on an ``aiohttp.ClientSession``: content passed on, body read whole, redirects left to httpx.

Imported only where it is built: it needs httpx and aiohttp.
"""

import ssl

import aiohttp
import httpx


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx's requests with aiohttp. ``limit`` and ``ssl_context`` None leave aiohttp's own defaults."""

    def __init__(self, limit: int | None = None, ssl_context: ssl.SSLContext | None = None) -> None:
        connector = aiohttp.TCPConnector(
            limit=100 if limit is None else limit, ssl=True if ssl_context is None else ssl_context
        )
        # Cookies are httpx's business; aiohttp would add its own.
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response with its decoded body.

        Raises:
            httpx.TransportError: aiohttp could not connect, send or read.
        """
        timeouts = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=timeouts.get("pool"),
            sock_connect=timeouts.get("connect"),
            sock_read=timeouts.get("read"),
        )
        content = await request.aread()
        try:
            async with self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=content or None,
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                body = await response.read()
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.NetworkError(str(error), request=request) from error
        # aiohttp has decoded the body: httpx must not try again.
        headers = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        return httpx.Response(response.status, headers=headers, content=body, request=request)

    async def aclose(self) -> None:
        await self._session.close()
