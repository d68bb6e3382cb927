"""The append-only recorder that the probes write to.

Hot code appends plain integers to plain lists: an append costs about a third of ``array.append`` and, unlike a tuple,
makes no object that the garbage collector tracks, so recording does not change when the client's collections run.
Between rounds ``settle()`` moves the lists into arrays of 8 bytes a value.
"""

from array import array


class Recorder:
    """Named integer columns. Columns of one group (the part before the dot) always grow together."""

    def __init__(self) -> None:
        self._open: dict[str, list[int]] = {}
        self._settled: dict[str, array[int]] = {}

    def column(self, name: str) -> list[int]:
        """The open list of the column; append to it. The list object stays the same for the recorder's life."""
        if name not in self._open:
            self._open[name] = []
            self._settled[name] = array("q")
        return self._open[name]

    def settle(self) -> None:
        """Move what was appended into compact arrays and empty the lists. Call it outside warm rounds."""
        for name, values in self._open.items():
            self._settled[name].extend(values)
            values.clear()

    def discard(self) -> None:
        """Forget everything appended so far; the lists stay the same objects."""
        for values in (*self._open.values(), *self._settled.values()):
            del values[:]

    def level(self, group: str) -> None:
        """Cut the group's columns back to the rows that all of them have, after a row that failed half-way."""
        grown = [values for name, values in self._open.items() if name.partition(".")[0] == group]
        rows = min(map(len, grown), default=0)
        for values in grown:
            del values[rows:]

    def level_all(self) -> None:
        """The same for every group: for a signal that may have come between the columns of a row."""
        for group in {name.partition(".")[0] for name in self._open}:
            self.level(group)

    def take(self) -> "dict[str, array[int]]":
        """Take the complete rows of every group out of the open lists. Rows may be added meanwhile, by a signal handler
        or another thread that writes whole rows: they stay for the next time."""
        groups: dict[str, list[str]] = {}
        for name in list(self._open):
            groups.setdefault(name.partition(".")[0], []).append(name)
        taken: dict[str, array[int]] = {}
        for names in groups.values():
            rows = min(len(self._open[name]) for name in names)
            if rows:
                for name in names:
                    values = self._open[name]
                    taken[name] = array("q", values[:rows])
                    del values[:rows]
        return taken

    def columns(self) -> dict[str, "array[int]"]:
        """Everything recorded so far, by column name."""
        self.settle()
        return dict(self._settled)
