"""Integer columns in numpy's NPY format, written and read without numpy.

The measured process may import nothing but the standard library; the analysis reads the same bytes with numpy, and so
can anybody else (``numpy.load`` opens a recording). Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import re
import sys
from array import array
from typing import IO

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT_BYTES = 64
_ORDERS = {"<i8": "little", ">i8": "big"}
# A Python dictionary of these three, in any order, of one dimension. Not read with ``ast``: columns are read in several
# threads, and there 3.11.7 and before now and then raise SystemError (https://github.com/python/cpython/issues/106905).
_HEADER = re.compile(
    r"""\s* \{ (?: \s* (?:
            (['"]) descr         \1 \s* : \s* (?P<quote>['"]) (?P<descr>[^'"]*) (?P=quote)
          | (['"]) fortran_order \4 \s* : \s* (?: True | False )
          | (['"]) shape         \5 \s* : \s* \( \s* (?P<count>[0-9]{1,19}) \s* , \s* \)
        ) \s* (?: , | (?= \} ) ) )* \s* \} \s*""",
    re.VERBOSE,
)


def pack(column: "array[int]") -> bytes:
    """The column of signed 64-bit integers as an NPY file."""
    order = "<" if sys.byteorder == "little" else ">"
    header = f"{{'descr': '{order}i8', 'fortran_order': False, 'shape': ({len(column)},), }}"
    unpadded = len(_MAGIC) + 2 + len(header) + 1
    header += " " * (-unpadded % _ALIGNMENT_BYTES) + "\n"
    return _MAGIC + len(header).to_bytes(2, "little") + header.encode("latin-1") + column.tobytes()


def read_header(file: IO[bytes]) -> tuple[int, str]:
    """The number of values and the order of their bytes, as ``sys.byteorder`` says it; the values are next to be read.

    Raises:
        ValueError: what follows is not an NPY file of 64-bit integers, or its header is cut short.
    """
    start = file.read(len(_MAGIC) + 2)
    if start[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not an NPY column")
    size = int.from_bytes(start[len(_MAGIC) :], "little")
    text = file.read(size)
    if len(start) != len(_MAGIC) + 2 or len(text) != size:
        raise ValueError("NPY header cut short")
    header = _HEADER.fullmatch(text.decode("latin-1"))
    if header is None or header["descr"] is None or header["count"] is None:
        raise ValueError("unreadable NPY header, expected that of one column")
    if header["descr"] not in _ORDERS:
        raise ValueError(f"column of {header['descr']}, expected 64-bit integers")
    return int(header["count"]), _ORDERS[header["descr"]]


def unpack(data: bytes) -> "array[int]":
    """The column that ``pack`` wrote.

    Raises:
        ValueError: the bytes are not an NPY file of 64-bit integers, or are cut short.
    """
    file = io.BytesIO(data)
    count, order = read_header(file)
    body = memoryview(data)[file.tell() :]
    if len(body) != 8 * count:
        raise ValueError(f"column of {count} values holds {len(body)} bytes")
    column = array("q")
    column.frombytes(body)
    if order != sys.byteorder:
        column.byteswap()
    return column
