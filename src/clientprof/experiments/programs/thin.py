"""Keeping a recording small: of the windows that hold the detail, every second one goes when there are too many.

A window is 10 seconds of one lane. When the windows on disk take more than allowed, those of odd number go, then those
that two do not divide twice, and so on: what stays is spread evenly over the program's life. Exact counts are not in
windows.
"""

from pathlib import Path

# Raw columns are 64-bit integers of slowly growing values: zip makes them about this much smaller.
_PACKED = 4


class Thinner:
    """``look()`` deletes what is too much. ``kept_one_in`` is the share of windows that is kept, as one in so many."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes * _PACKED
        self.kept_one_in = 1
        self.lost = 0

    def look(self) -> None:
        """Delete windows until the rest is small enough; the newest stays, it is being written."""
        sizes = self._sizes()
        if not sizes:
            return
        newest = max(number for number, _path in sizes)
        while True:
            for (number, path), _size in list(sizes.items()):
                if number % self.kept_one_in and number != newest:
                    path.unlink(missing_ok=True)
                    del sizes[number, path]
                    self.lost += 1
            if sum(sizes.values()) <= self._most_bytes or len({number for number, _path in sizes}) < 3:
                return
            self.kept_one_in *= 2

    @property
    def kept(self) -> int:
        """How many windows there are."""
        return len(self._sizes())

    def _sizes(self) -> dict[tuple[int, Path], int]:
        found: dict[tuple[int, Path], int] = {}
        for path in self._folder.glob("*.window"):
            try:
                found[int(path.name.rsplit(".", 2)[1]), path] = path.stat().st_size
            except (OSError, ValueError):
                continue
        return found
