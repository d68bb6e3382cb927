"""How httpx is asked: the same words for httpx, its successor httpx2, and both over another transport."""

import ssl
from types import ModuleType
from typing import Any

from clientprof.clients.adapter import Answer, ClientOptions, Reading, Request, Sending


def client_arguments(module: ModuleType, options: ClientOptions) -> dict[str, Any]:
    """Keyword arguments of ``AsyncClient`` and ``Client`` of httpx or httpx2, whichever the module is."""
    arguments: dict[str, Any] = {}
    if options.limit is not None or options.keepalive is not None:
        # What is not asked for keeps httpx's own default: 100 connections, 20 of them idle.
        limits: dict[str, int] = {"max_connections": 100, "max_keepalive_connections": 20}
        if options.limit is not None:
            limits = dict.fromkeys(limits, options.limit)
        if options.keepalive is not None:
            limits["max_keepalive_connections"] = options.keepalive
        arguments["limits"] = module.Limits(**limits)
    if options.ca_file is not None:
        arguments["verify"] = ssl.create_default_context(cafile=options.ca_file)
    if options.timeout_s is not None:
        arguments["timeout"] = options.timeout_s
    if options.http2:
        arguments["http2"] = True
    if options.redirects:
        arguments["follow_redirects"] = True
    if options.jar:
        arguments["cookies"] = {f"jar{number}": f"value{number}" for number in range(options.jar)}
    return arguments


async def fetch(client: Any, request: Request) -> Answer:
    """Send the request with an ``AsyncClient`` and read the whole body."""
    if request.method == "GET" and request.reading is Reading.WHOLE:
        response = await client.get(request.url)
        return Answer(response.status_code, len(response.content), response.headers, response.content)
    arguments: dict[str, Any] = {}
    if request.body is not None:
        if request.sending is Sending.MULTIPART:
            arguments["files"] = {"file": ("body.bin", request.body)}
        else:
            arguments["content"] = request.body if request.sending is Sending.BYTES else request.stream()
    if request.reading is Reading.WHOLE:
        response = await client.request(request.method, request.url, **arguments)
        return Answer(response.status_code, len(response.content), response.headers, response.content)
    async with client.stream(request.method, request.url, **arguments) as response:
        if request.reading is Reading.LINES:
            pieces = [line.encode() + b"\n" async for line in response.aiter_lines()]
            size = sum(map(len, pieces))
        else:
            size, pieces = 0, []
            async for piece in response.aiter_bytes():
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
        return Answer(response.status_code, size, response.headers, b"".join(pieces) if request.keep else None)
