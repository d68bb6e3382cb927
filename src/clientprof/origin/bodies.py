"""Deterministic bodies: the same size gives the same bytes, here and in whoever verifies them."""

import gzip
import random
import re
from functools import lru_cache

MAX_BODY_BYTES = 64 * 1024**2
WHOLE_BYTES = 256 * 1024
"""Bodies up to this size leave in one write together with their headers; larger ones go in pieces of it."""

_SIZE = re.compile(r"(\d{1,9})([km]?)", re.ASCII)
_UNIT_BYTES = {"": 1, "k": 1024, "m": 1024**2}
_BLOCK_BYTES = 64 * 1024  # twice deflate's window, so that compression sees text and not one repeated block


def parse_size(text: str) -> int:
    """Bytes named by ``1500``, ``64k`` or ``2m`` (k = 1024, m = 1024**2).

    Raises:
        ValueError: not a size, or more than 64 MiB; the message says which.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a size; write bytes, or a number with k or m, such as 64k")
    size_bytes = int(match[1]) * _UNIT_BYTES[match[2]]
    if size_bytes > MAX_BODY_BYTES:
        raise ValueError(f"{text!r} is more than the 64m that one body may have")
    return size_bytes


def body(size_bytes: int) -> bytes | memoryview:
    """The body of ``/<size>``: text that compresses about as well as JSON. Views share one buffer; do not write."""
    if size_bytes <= WHOLE_BYTES:
        return _small(size_bytes)
    return memoryview(_master(1 << (size_bytes - 1).bit_length()))[:size_bytes]


@lru_cache(maxsize=32)
def gzipped(size_bytes: int) -> bytes:
    """``body(size_bytes)`` in gzip, level 6, without a time stamp. The first call for a size pays for compressing."""
    return gzip.compress(body(size_bytes), compresslevel=6, mtime=0)


@lru_cache(maxsize=32)
def brotlied(size_bytes: int) -> bytes:
    """``body(size_bytes)`` in brotli, quality 4.

    Raises:
        ImportError: the brotli package is not installed.
    """
    import brotli

    compressed: bytes = brotli.compress(bytes(body(size_bytes)), quality=4)
    return compressed


@lru_cache(maxsize=128)
def _small(size_bytes: int) -> bytes:
    return _master(WHOLE_BYTES)[:size_bytes]


@lru_cache(maxsize=4)
def _master(size_bytes: int) -> bytes:
    block = _block()
    return (block * (size_bytes // _BLOCK_BYTES + 1))[:size_bytes]


@lru_cache(maxsize=1)
def _block() -> bytes:
    source = random.Random(0)
    words: list[str] = []
    length = 0
    while length < _BLOCK_BYTES:
        words.append(f'{{"id": {source.randrange(10**6)}, "state": "{source.choice(("ready", "open", "closed"))}"}}\n')
        length += len(words[-1])
    return "".join(words).encode("ascii")[:_BLOCK_BYTES]
