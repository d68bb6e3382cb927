"""Columns of a large run, kept in a file and not in memory.

A recording's columns are compressed, so a row in the middle cannot be had without all that lie before it. They are
decompressed once, piece by piece, into a temporary file without a name, which is gone when nobody has it open; from then on
any rows are one read. A million requests are some 500 MB there.
"""

import os
import sys
import tempfile
import threading
import weakref
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

from clientprof.model.run import PartlyRead
from clientprof.recording import npy

_PIECE_BYTES = 1 << 20


class StoredColumns(PartlyRead):
    """The columns ``names`` of an open archive, by name, under ``prefix``. The archive may be closed afterwards."""

    def __init__(self, archive: zipfile.ZipFile, prefix: str, names: Sequence[str]) -> None:
        """
        Raises:
            OSError: there is no room for them.
            ValueError: an entry is not a column of 64-bit integers, or is cut short; or what a damaged entry of an archive
                raises (``run_file.DAMAGE``).
        """
        sizes = [archive.getinfo(f"{prefix}{name}.npy").file_size for name in names]
        starts = [0, *accumulate(sizes)]
        self._file = tempfile.TemporaryFile(prefix="clientprof-")  # noqa: SIM115  # open as long as they are
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, int]] = {}
        self._using = threading.Lock()
        try:
            # zlib works outside of Python's lock.
            with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
                lengths = threads.map(
                    lambda name, start: self._copy(archive, f"{prefix}{name}.npy", start), names, starts
                )
                self._places = dict(zip(names, zip(starts, lengths, strict=False), strict=True))
            self._file.flush()
        except BaseException:
            self._file.close()
            raise

    def rows(self, name: str, first: int, last: int) -> "array[int]":
        start, length = self._places[name]
        first, last = max(0, first), min(last, length)
        column = array("q")
        with self._using:
            self._file.seek(start + 8 * first)
            column.fromfile(self._file, max(0, last - first))
        return column

    def _copy(self, archive: zipfile.ZipFile, name: str, start: int) -> int:
        """Write a column's values to that place, as this machine orders their bytes; returns how many there are."""
        with archive.open(name) as entry:
            count, order = npy.read_header(entry)
            left = 8 * count
            while piece := entry.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0 or len(piece) % 8:
                    break
                if order != sys.byteorder:
                    swapped = array("q", piece)
                    swapped.byteswap()
                    piece = swapped.tobytes()
                with self._using:
                    self._file.seek(start)
                    self._file.write(piece)
                start += len(piece)
        if left:
            raise ValueError(f"column of {count} values holds {8 * count - left} bytes")
        return count

    def length(self, name: str) -> int:
        return self._places[name][1]

    def __getitem__(self, name: str) -> "array[int]":
        return self.rows(name, 0, self._places[name][1])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __len__(self) -> int:
        return len(self._places)
