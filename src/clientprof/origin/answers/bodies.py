"""Deterministic bodies: the same size gives the same bytes, here and in whoever verifies them."""

import gzip
import hashlib
import random
import re
import sys
from collections.abc import Callable
from functools import lru_cache

from clientprof.origin.errors import MissingEncoding

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


def digest(size_bytes: int) -> str:
    """SHA-256 of ``body(size_bytes)`` in hexadecimal digits: what a client that read the body whole must have."""
    return hashlib.sha256(body(size_bytes)).hexdigest()


@lru_cache(maxsize=64)
def encoded(encoding: str, size_bytes: int) -> bytes:
    """``body(size_bytes)`` compressed by one of ``ENCODINGS``. The first call for a size pays for compressing.

    Raises:
        MissingEncoding: the package that it needs is not installed; the message says which.
    """
    return ENCODINGS[encoding](bytes(body(size_bytes)))


def _gzip(text: bytes) -> bytes:
    return gzip.compress(text, compresslevel=6, mtime=0)


def _brotli(text: bytes) -> bytes:
    try:
        import brotli
    except ImportError:
        raise MissingEncoding("brotli is not installed where this server runs: pip install brotli") from None
    compressed: bytes = brotli.compress(text, quality=4)
    return compressed


def _zstd(text: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.compress(text, level=3)
    try:
        import zstandard
    except ImportError:
        raise MissingEncoding(
            "zstandard is not installed where this server runs: pip install zstandard, or Python 3.14"
        ) from None
    compressed: bytes = zstandard.compress(text, level=3)
    return compressed


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip, "br": _brotli, "zstd": _zstd}
"""Content codings by their names in HTTP, each at the level that servers use by default or nearly so."""


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
