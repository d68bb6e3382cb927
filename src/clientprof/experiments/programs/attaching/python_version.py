"""Which CPython a file on disk is, without running it.

Since 3.7 CPython keeps its state in an ELF section ``.PyRuntime``; since 3.13 this begins with a cookie and the version
(Include/internal/pycore_debug_offsets.h), for tools that look from outside.
"""

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

_COOKIE = b"xdebugpy"
_SECTION = b".PyRuntime"


class CPython(NamedTuple):
    """``version`` is None where it is older than 3.13, which do not say."""

    version: tuple[int, int] | None


def cpython_in(path: Path) -> CPython | None:
    """The interpreter in an executable or a shared library; None where there is none, or it is no ELF file of 64 bits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _in(data)
        except (struct.error, ValueError):
            return None


def _in(data: mmap.mmap) -> CPython | None:
    if data[:5] != b"\x7fELF\x02":
        return None
    order = "<" if data[5] == 1 else ">"
    # Elf64_Ehdr: e_shoff at 40; e_shentsize, e_shnum, e_shstrndx from 58 on (gabi, "ELF header").
    (table,) = struct.unpack_from(f"{order}Q", data, 40)
    size, count, names = struct.unpack_from(f"{order}HHH", data, 58)
    headers = [struct.unpack_from(f"{order}IIQQQQ", data, table + place * size) for place in range(count)]
    if names >= len(headers):
        return None
    for name, _kind, _flags, _address, offset, length in headers:
        begin = headers[names][4] + name
        if data[begin : begin + len(_SECTION) + 1] == _SECTION + b"\0":
            if length >= 16 and data[offset : offset + 8] == _COOKIE:
                (version,) = struct.unpack_from(f"{order}Q", data, offset + 8)
                return CPython((version >> 24 & 0xFF, version >> 16 & 0xFF))
            return CPython(None)
    return None
