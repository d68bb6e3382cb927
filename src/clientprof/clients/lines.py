"""Lines out of the pieces of a body, for clients that read pieces only."""

from collections.abc import AsyncIterable, AsyncIterator


async def lines(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Each line with its line feed; the last one may lack it."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest
