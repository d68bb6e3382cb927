"""The columns ``sample.*``: a row for each sample, and for what belongs to none."""

from collections.abc import Callable
from time import thread_time_ns

from clientprof.probes.sampling.others_cpu import OthersCpu
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


class RowsAmongThreads(SampleRows):
    """Also what the process's other threads computed since the row before; ``cpu_ns`` says what this one has."""

    def __init__(self, recorder: Recorder, cpu_ns: Callable[[], int] = thread_time_ns) -> None:
        super().__init__(recorder)
        self._cpu_ns = cpu_ns
        self._others_cpu = OthersCpu()
        self._others = recorder.column("sample.others_ns").append

    def add(self, *row: int) -> None:
        super().add(*row)
        self._others(self._others_cpu.since_last_ns(self._cpu_ns()))
