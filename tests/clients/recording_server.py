"""A server that remembers what it was sent, for what the origin does not tell: the headers of requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """Where the server is, and the header sections of all requests so far."""

    url: str = ""
    heads: list[str] = field(default_factory=list)

    def cookies(self, number: int) -> dict[str, str]:
        """The cookies that a request carried."""
        lines = [line for line in self.heads[number].split("\r\n") if line.lower().startswith("cookie:")]
        pairs = [pair.partition("=") for line in lines for pair in line.partition(":")[2].split(";")]
        return {name.strip(): value.strip() for name, _, value in pairs}


@asynccontextmanager
async def recording_server(headers: str = "") -> AsyncIterator[Seen]:
    """Answers every request with 200, these header lines (each with CRLF) and an empty body."""
    seen = Seen()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen.heads.append(head.decode("latin-1"))
                writer.write(f"HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    seen.url = f"http://{host}:{port}/"
    try:
        yield seen
    finally:
        server.close()
