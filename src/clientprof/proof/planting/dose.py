"""How much a plant burns per call, and how much it has burnt by its own count.

The count is thread CPU, and without what the instruments take meanwhile, because the truth is what the plant costs when
nobody looks. A burn repeats the step of a few bytecodes in which the sampler took a sample, an import counts then as the
mean of the others, and a collection subtracts what the sampler's handler took inside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import thread_time_ns


def _never() -> int:
    return 0


@dataclass(slots=True)
class Dose:
    """``per_call_ns`` is what each call spends from now on; the rest is what was spent since ``reset()``.

    ``spent_ns`` is the planted work itself; ``side_ns`` is work of the plant that belongs to the layer of its host (the
    loop around planted imports, the allocation of planted garbage). ``samples`` counts the sampler's rows so far;
    ``instrument_ns`` is the CPU that it took so far, ``collected_ns`` what the garbage collector took; ``pieces`` are the
    undisturbed ones.
    """

    per_call_ns: int = 0
    calls: int = 0
    spent_ns: int = 0
    side_ns: int = 0
    samples: Callable[[], int] = _never
    instrument_ns: Callable[[], int] = _never
    collected_ns: int = 0
    pieces: int = 0
    pieces_ns: int = 0

    def clock_ns(self) -> int:
        """The thread's CPU clock without the sampler's part."""
        return thread_time_ns() - self.instrument_ns()

    def reset(self, per_call_ns: int) -> None:
        """Begin a new account at another dose."""
        self.per_call_ns = per_call_ns
        self.calls = self.spent_ns = self.side_ns = 0

    def undisturbed(self, piece_ns: int, disturbed: bool) -> int:
        """The piece's cost; of one that a sample disturbed, the mean of the others so far."""
        if disturbed:
            return self.pieces_ns // self.pieces if self.pieces else piece_ns
        self.pieces += 1
        self.pieces_ns += piece_ns
        return piece_ns

    def row(self) -> Mapping[str, int]:
        """The account as columns of the recording."""
        return {
            "nominal_ns": self.per_call_ns,
            "calls": self.calls,
            "spent_ns": self.spent_ns,
            "side_ns": self.side_ns,
        }
