"""Integer columns in numpy's NPY format, written and read without numpy.

The measured process may import nothing but the standard library; the analysis reads the same bytes with numpy, and so
can anybody else (``numpy.load`` opens a recording). Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import ast
import sys
from array import array

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT_BYTES = 64


def pack(column: "array[int]") -> bytes:
    """The column of signed 64-bit integers as an NPY file."""
    order = "<" if sys.byteorder == "little" else ">"
    header = f"{{'descr': '{order}i8', 'fortran_order': False, 'shape': ({len(column)},), }}"
    unpadded = len(_MAGIC) + 2 + len(header) + 1
    header += " " * (-unpadded % _ALIGNMENT_BYTES) + "\n"
    return _MAGIC + len(header).to_bytes(2, "little") + header.encode("latin-1") + column.tobytes()


def unpack(data: bytes) -> "array[int]":
    """The column that ``pack`` wrote.

    Raises:
        ValueError: the bytes are not an NPY file of 64-bit integers, or are cut short.
    """
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not an NPY column")
    start = len(_MAGIC) + 2
    end = start + int.from_bytes(data[start - 2 : start], "little")
    if not start <= end <= len(data):
        raise ValueError("NPY header cut short")
    try:
        header = ast.literal_eval(data[start:end].decode("latin-1"))
        (count,) = header["shape"]
        order = header["descr"]
    # A foreign header can be anything; deeply nested ones exhaust the parser.
    except (SyntaxError, ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError("unreadable NPY header") from error
    if not isinstance(count, int):
        raise ValueError("unreadable NPY header")
    if order not in ("<i8", ">i8"):
        raise ValueError(f"column of {order}, expected 64-bit integers")
    body = data[end:]
    if len(body) != 8 * count:
        raise ValueError(f"column of {count} values holds {len(body)} bytes")
    column = array("q")
    column.frombytes(body)
    if (order == "<i8") != (sys.byteorder == "little"):
        column.byteswap()
    return column
