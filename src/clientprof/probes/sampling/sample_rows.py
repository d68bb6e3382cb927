"""The columns ``sample.*``: a row for each sample, and for what belongs to none."""

from clientprof.recording.recorder import Recorder


class SampleRows:
    """Writes them. ``stack`` is -1 in a row that belongs to no stack, ``exchange`` where it belongs to none."""

    def __init__(self, recorder: Recorder) -> None:
        names = ("at_ns", "weight_ns", "gc_ns", "off_ns", "exchange", "stack")
        self._appends = tuple(recorder.column(f"sample.{name}").append for name in names)

    def add(self, *row: int) -> None:
        """When, CPU, that of collections, time off the CPU, exchange, stack; times in nanoseconds."""
        for append, value in zip(self._appends, row, strict=True):
            append(value)
