"""A recorder whose named column raises, as a probe's bookkeeping might."""

from clientprof.recording.recorder import Recorder


class BrokenColumnError(Exception):
    """Raised by the column; its text is a secret that no note may repeat."""


class BreakingColumn(list[int]):
    """A list that takes ``rows`` values and then no more."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def append(self, value: int) -> None:
        if len(self) >= self.rows:
            raise BrokenColumnError("a secret")
        super().append(value)


class FailingRecorder(Recorder):
    """Every column works, but the named one breaks after ``rows`` rows."""

    def __init__(self, name: str, rows: int) -> None:
        super().__init__()
        self.column(name)
        self._open[name] = BreakingColumn(rows)
