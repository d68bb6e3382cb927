"""Header blocks (RFC 7541): decoded by the package hpack and remembered, encoded here without its state.

Responses use no dynamic table and no Huffman code: then the fixed part of a block is prepared once per target, for all
connections. Requests on a kept connection soon are the same bytes; a block that does not change the decoder's table
means the same again until one does, so it is decoded once.
"""

from dataclasses import dataclass

from clientprof.origin.errors import OriginError
from clientprof.origin.http2.frames import BrokenFrames, Code

try:
    import hpack
except ImportError:
    hpack = None  # type: ignore[assignment]

MAX_HEADER_LIST_BYTES = 256 * 1024
_KNOWN_BLOCKS, _KNOWN_BLOCK_BYTES = 512, 4096
# RFC 7541 appendix A: what the static table spares in the responses of this server
_STATIC_STATUS = {200: 8, 204: 9, 206: 10, 304: 11, 400: 12, 404: 13, 500: 14}
_STATIC_NAMES = {
    b"cache-control": 24, b"content-encoding": 26, b"content-length": 28, b"content-type": 31, b"date": 33,
    b"location": 46, b"server": 54, b"set-cookie": 55,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """What matters of a request's header section."""

    method: bytes
    target: bytes
    expects_continue: bool


def require_hpack() -> None:
    """Check that header blocks can be decoded.

    Raises:
        OriginError: the package hpack is not installed.
    """
    if hpack is None:
        raise OriginError("the origin's HTTP/2 needs hpack: pip install 'clientprof[http2]', or go without http2")


class Decoder:
    """Header blocks of one connection, in the order of their arrival."""

    def __init__(self) -> None:
        self._hpack = hpack.Decoder(max_header_list_size=MAX_HEADER_LIST_BYTES)
        self._known: dict[bytes, Head | None] = {}

    def decode(self, block: bytes) -> Head | None:
        """The head of a request; None where a pseudo-header is missing, as in a trailer.

        Raises:
            BrokenFrames: not a header block.
        """
        head = self._known.get(block)
        if head is not None:
            return head
        try:
            changes = changes_table(block)
            fields = self._hpack.decode(block, raw=True)
        except (hpack.HPACKError, IndexError) as error:
            raise BrokenFrames(Code.COMPRESSION_ERROR, f"not a header block: {error}") from error
        found = {name: value for name, value, *_ in fields}
        if changes:
            self._known.clear()
        method, target = found.get(b":method"), found.get(b":path")
        if method is None or target is None:
            return None
        head = Head(bytes(method), bytes(target), found.get(b"expect") == b"100-continue")
        if not changes and len(self._known) < _KNOWN_BLOCKS and len(block) <= _KNOWN_BLOCK_BYTES:
            self._known[block] = head
        return head


def changes_table(block: bytes) -> bool:
    """Whether decoding the block adds to the dynamic table or resizes it (RFC 7541 6.2.1, 6.3).

    Raises:
        IndexError: the block ends inside a field.
    """
    position = 0
    while position < len(block):
        first = block[position]
        if first & 0x80:  # an indexed field
            _, position = _integer(block, position, 7)
        elif first & 0x60:  # a literal that is added, or a new size
            return True
        else:  # a literal that is not added
            index, position = _integer(block, position, 4)
            for _ in range(1 if index else 2):
                length, position = _integer(block, position, 7)
                position += length
    return False


def _integer(block: bytes, position: int, bits: int) -> tuple[int, int]:
    most = (1 << bits) - 1
    value = block[position] & most
    position += 1
    if value == most:
        shift = 0
        while True:
            byte = block[position]
            position += 1
            value += (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
    return value, position


def status_field(status: int) -> bytes:
    """The ``:status`` of a response, which comes first in its block."""
    index = _STATIC_STATUS.get(status)
    return b"\x08\x03%d" % status if index is None else bytes([0x80 | index])


def field(name: bytes, value: bytes) -> bytes:
    """A header field, its name in lower case, as a literal that is not added to the table (RFC 7541 6.2.2)."""
    index = _STATIC_NAMES.get(name)
    if index is None:
        return b"\x00%b%b%b%b" % (_length(len(name)), name, _length(len(value)), value)
    return b"%b%b%b" % (_prefixed(index, 4), _length(len(value)), value)


def _length(size_bytes: int) -> bytes:
    return _prefixed(size_bytes, 7)


def _prefixed(value: int, bits: int) -> bytes:
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    octets = bytearray([most])
    value -= most
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)
