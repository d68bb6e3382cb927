"""Frames of HTTP/2 as bytes. Source: RFC 9113, sections 4 (layout), 6 (kinds), 7 (error codes)."""

import struct
from collections.abc import Iterator
from enum import IntEnum

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER_BYTES = 9
MAX_PAYLOAD_BYTES = 16_384  # what every peer accepts; no larger frames are asked for or sent
MAX_WINDOW = 2**31 - 1
DEFAULT_WINDOW = 65_535
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY_FIELDS = 0x1, 0x1, 0x4, 0x8, 0x20

_HEADER = struct.Struct(">HBBBL")
_SETTING = struct.Struct(">HL")


class Kind(IntEnum):
    """Kinds of frames; others are to be ignored."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Code(IntEnum):
    """Error codes that this server sends."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    COMPRESSION_ERROR = 9


class Setting(IntEnum):
    """Settings that this server sends or minds."""

    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4


class BrokenFrames(Exception):
    """The peer broke the protocol; the connection ends with ``code``."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes | memoryview = b"") -> bytes:
    """One frame; the payload is at most ``MAX_PAYLOAD_BYTES``."""
    size = len(payload)
    return _HEADER.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def header(data: bytes, position: int) -> tuple[int, int, int, int]:
    """Length of the payload, kind, flags and stream of the frame that begins at ``position``."""
    high, low, kind, flags, stream = _HEADER.unpack_from(data, position)
    return high << 8 | low, kind, flags, stream & MAX_WINDOW


def headers(stream: int, block: bytes, *, end_stream: bool) -> bytes:
    """A header block as HEADERS and as many CONTINUATIONs as it needs."""
    flags = END_STREAM if end_stream else 0
    if len(block) <= MAX_PAYLOAD_BYTES:
        return frame(Kind.HEADERS, flags | END_HEADERS, stream, block)
    pieces = [block[start : start + MAX_PAYLOAD_BYTES] for start in range(0, len(block), MAX_PAYLOAD_BYTES)]
    last = len(pieces) - 1
    return b"".join(
        frame(
            Kind.CONTINUATION if n else Kind.HEADERS, (0 if n else flags) | (END_HEADERS if n == last else 0), stream, p
        )
        for n, p in enumerate(pieces)
    )


def settings(values: dict[Setting, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(Kind.SETTINGS, 0, 0, b"".join(_SETTING.pack(*pair) for pair in values.items()))


def read_settings(payload: bytes) -> Iterator[tuple[int, int]]:
    """Identifiers and values of a SETTINGS payload.

    Raises:
        BrokenFrames: not a whole number of settings.
    """
    if len(payload) % _SETTING.size:
        raise BrokenFrames(Code.FRAME_SIZE_ERROR, "a SETTINGS frame of a broken length")
    return _SETTING.iter_unpack(payload)


def word(value: int) -> bytes:
    """Four bytes: of a window's increment or an error code."""
    return value.to_bytes(4, "big")


def unpadded(flags: int, payload: bytes) -> bytes:
    """The payload of DATA or HEADERS without padding and priority.

    Raises:
        BrokenFrames: it has more padding than content.
    """
    start, end = 0, len(payload)
    if flags & PADDED:
        if not payload:
            raise BrokenFrames(Code.FRAME_SIZE_ERROR, "a padded frame without a length of padding")
        start, end = 1, end - payload[0]
    if flags & PRIORITY_FIELDS:
        start += 5
    if start > end:
        raise BrokenFrames(Code.PROTOCOL_ERROR, "a frame with more padding than content")
    return payload[start:end]
