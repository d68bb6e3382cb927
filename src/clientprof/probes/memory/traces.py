"""Traced memory at chosen moments: the live blocks of each stack, by tracemalloc.

Theory of operation. tracemalloc notes for every block of Python's allocators the stack that asked for it. A moment keeps the
sum of each stack; what lies between two moments is the difference. Garbage is collected first, so that what is counted is
held by somebody. What C code allocates past Python's allocators (OpenSSL's contexts, buffers of the kernel) is not in it.
"""

import gc
import tracemalloc
from collections.abc import Callable

from clientprof.model.costs.memory import Moment
from clientprof.model.samples import CodeLocation
from clientprof.probes.memory.code_lines import CodeLines
from clientprof.probes.memory.descriptors import open_sockets
from clientprof.recording.recorder import Recorder

# The innermost frames of a stack, enough to leave the standard library's helpers and reach a package. Each one more costs
# time with every allocation.
FRAMES = 4
Lines = tuple[tuple[str, int], ...]


class Traces:
    """Writes ``moment.*``, ``memory.*``, ``stack.*`` and ``frame.*``; ``codes`` is what ``frame.code`` points into."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._stacks: dict[Lines, int] = {}
        self._moments = 0

    def start(self) -> None:
        """Trace from now on."""
        gc.collect()
        tracemalloc.start(FRAMES)

    def stop(self) -> None:
        """Trace no more, and forget the traces."""
        tracemalloc.stop()

    def take(self, moment: Moment, in_flight: int = 0, sure: Callable[[], bool] | None = None) -> bool:
        """Note what is held now; the process must not run meanwhile, which ``sure`` tells at the end.

        Returns whether it was noted: not where ``sure`` says no.
        """
        gc.collect()
        snapshot = tracemalloc.take_snapshot()
        sockets = open_sockets()
        if sure is not None and not sure():
            return False
        column = self._recorder.column
        total = 0
        for row in snapshot.statistics("traceback"):
            lines = tuple((frame.filename, frame.lineno) for frame in reversed(row.traceback))
            column("memory.moment").append(self._moments)
            column("memory.stack").append(self._stacks.setdefault(lines, len(self._stacks)))
            column("memory.bytes").append(row.size)
            column("memory.blocks").append(row.count)
            total += row.size
        column("moment.kind").append(int(moment))
        column("moment.in_flight").append(in_flight)
        column("moment.sockets").append(sockets)
        column("moment.bytes").append(total)
        self._moments += 1
        return True

    def codes(self) -> tuple[CodeLocation, ...]:
        """Write the stacks, and name what they are made of. To be called once, at the end."""
        places, codes = CodeLines({file for lines in self._stacks for file, _ in lines}), dict[CodeLocation, int]()
        column, first = self._recorder.column, 0
        for lines in self._stacks:
            frames = [places.of(*line) for line in lines]
            column("stack.first").append(first)
            column("stack.count").append(len(frames))
            column("frame.code").extend(codes.setdefault(frame, len(codes)) for frame in frames)
            column("frame.line").extend(line for _, line in lines)
            first += len(frames)
        self._recorder.settle()
        return tuple(codes)
