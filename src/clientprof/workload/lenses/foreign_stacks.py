"""Stacks of other profilers in the recording's columns, so that all are read by the same rules."""

from collections.abc import Sequence

from clientprof.model.samples import CodeLocation
from clientprof.probes.sampling.sample_rows import SampleRows
from clientprof.recording.recorder import Recorder


class ForeignStacks:
    """Writes ``sample.*``, ``stack.*`` and ``frame.*``; ``codes`` is what ``frame.code`` points into."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._rows = SampleRows(recorder)
        self._codes: dict[CodeLocation, int] = {}
        self._stacks: dict[tuple[int, ...], int] = {}
        self._first = 0

    @property
    def codes(self) -> tuple[CodeLocation, ...]:
        return tuple(self._codes)

    def add(self, frames: Sequence[CodeLocation], weight_ns: int, gc_ns: int = 0) -> None:
        """One sample, innermost frame first, that stands for ``weight_ns``; ``gc_ns`` of it are the garbage collector's."""
        column = self._recorder.column
        numbers = tuple(self._codes.setdefault(frame, len(self._codes)) for frame in frames)
        stack = self._stacks.get(numbers)
        if stack is None:
            stack = self._stacks[numbers] = len(self._stacks)
            column("stack.first").append(self._first)
            self._first += len(numbers)
            column("stack.count").append(len(numbers))
            column("frame.code").extend(numbers)
            column("frame.line").extend(frame.line for frame in frames)
        self._rows.add(0, weight_ns - gc_ns, gc_ns, 0, -1, stack)
