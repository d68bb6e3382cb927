"""Keeping a recording small: of the windows that hold the detail, every second one goes when there are too many.

A window is 10 seconds of one lane. When the windows on disk take more than allowed, those of odd number go, then those
that two do not divide twice, and so on: what stays is spread evenly over the program's life. Exact counts are not in
windows.
"""

from pathlib import Path

# Raw columns are 64-bit integers of slowly growing values: zip makes them about this much smaller.
_PACKED = 4
# Whatever else there is, windows may take one part in so many.
_WINDOWS_AT_LEAST = 4


class Thinner:
    """``look()`` deletes what is too much. ``kept_one_in`` is the share of windows that is kept, as one in so many.

    ``needed`` windows are never deleted, nor are the two newest: where a measurement begins or ends in a slice of time, the
    exchanges in detail are counted one by one.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.needed: frozenset[int] = frozenset()
        self._folder = folder
        self._most_bytes = most_bytes * _PACKED
        self.kept_one_in = 1
        self.lost = 0

    def look(self) -> None:
        """Delete windows until the rest is small enough."""
        sizes = self._sizes()
        if not sizes:
            return
        newest = max(number for number, _path in sizes)
        spared = {newest, newest - 1, *self.needed}
        most_bytes = max(self._most_bytes - self._kept_bytes(), self._most_bytes // _WINDOWS_AT_LEAST)
        while True:
            for (number, path), _size in list(sizes.items()):
                if number % self.kept_one_in and number not in spared:
                    path.unlink(missing_ok=True)
                    del sizes[number, path]
                    self.lost += 1
            if sum(sizes.values()) <= most_bytes or not {number for number, _path in sizes} - spared - {0}:
                return
            self.kept_one_in *= 2

    @property
    def kept(self) -> int:
        """How many windows there are."""
        return len(self._sizes())

    def _kept_bytes(self) -> int:
        """What is never thinned takes its part of the room."""
        return sum(path.stat().st_size for path in self._folder.glob("*.kept"))

    def _sizes(self) -> dict[tuple[int, Path], int]:
        found: dict[tuple[int, Path], int] = {}
        for path in self._folder.glob("*.window"):
            try:
                found[int(path.name.rsplit(".", 2)[1]), path] = path.stat().st_size
            except (OSError, ValueError):
                continue
        return found
