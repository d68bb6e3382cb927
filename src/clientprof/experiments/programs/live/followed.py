"""Files that grow: what came since the last time."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


class Followed:
    """The files of one folder, each known by its inode: processes rename them when a slice of time is over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[int, int] = {}

    def new_chunks(self) -> list[tuple[str, int, dict[str, Integers]]]:
        """Chunks of columns since the last time, as (process, lane, columns)."""
        found: list[tuple[str, int, dict[str, Integers]]] = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix in (".window", ".kept", ".tally"):
                identity, lane, *_ = path.name.split(".")
                data, place = self._more(path)
                read = 0
                while True:
                    chunk, end = _chunk(data, read)
                    if chunk is None:
                        break
                    read = end
                    found.append((identity, int(lane), chunk))
                self._places[place] = self._places.get(place, 0) + read
        return found

    def new_names(self) -> list[tuple[str, list[Any]]]:
        """Lines of names since the last time, as (process, line)."""
        found: list[tuple[str, list[Any]]] = []
        for path in sorted(self._folder.glob("*.names")):
            data, place = self._more(path)
            whole = data[: data.rfind(b"\n") + 1]
            self._places[place] = self._places.get(place, 0) + len(whole)
            for line in whole.splitlines():
                try:
                    found.append((path.name.removesuffix(".names"), json.loads(line)))
                except ValueError:
                    continue
        return found

    def _more(self, path: Path) -> tuple[bytes, int]:
        try:
            with path.open("rb") as file:
                place = os.fstat(file.fileno()).st_ino
                file.seek(self._places.get(place, 0))
                return file.read(), place
        except OSError:
            return b"", -1


def _chunk(data: bytes, place: int) -> tuple[dict[str, Integers] | None, int]:
    end = data.find(b"\n", place)
    if end < 0:
        return None, place
    try:
        about = json.loads(data[place:end])
        sizes = [(str(name), int(rows)) for name, rows in about["columns"]]
    except (ValueError, KeyError, TypeError):
        return None, place
    place = end + 1
    if place + 8 * sum(rows for _, rows in sizes) > len(data):
        return None, place
    order = "<i8" if about.get("order", sys.byteorder) == "little" else ">i8"
    columns: dict[str, Integers] = {}
    for name, rows in sizes:
        columns[name] = np.frombuffer(data, dtype=order, count=rows, offset=place).astype(np.int64)
        place += 8 * rows
    return columns, place
