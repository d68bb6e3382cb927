"""How much a plant burns per call, and how much it has burnt by its own count.

The count is thread CPU, read step by step inside the plant. A step in which the sampler took a sample is not counted and
done again: its CPU is the instrument's, and the truth is what the plant costs when nobody looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _never() -> int:
    return 0


@dataclass(slots=True)
class Dose:
    """``per_call_ns`` is what each call spends from now on; the rest is what was spent since ``reset()``.

    ``spent_ns`` is the planted work itself; ``side_ns`` is work of the plant that belongs to the layer of its host (the
    loop around planted imports, the allocation of planted garbage). ``samples`` counts the sampler's rows so far.
    """

    per_call_ns: int = 0
    calls: int = 0
    spent_ns: int = 0
    side_ns: int = 0
    samples: Callable[[], int] = _never
    typical: dict[str, tuple[int, int]] = field(default_factory=dict)

    def reset(self, per_call_ns: int) -> None:
        """Begin a new account at another dose."""
        self.per_call_ns = per_call_ns
        self.calls = self.spent_ns = self.side_ns = 0

    def undisturbed(self, name: str, step_ns: int, disturbed: bool) -> int:
        """The step's cost; of one that a sample disturbed, the mean of the undisturbed steps of that name."""
        count, total_ns = self.typical.get(name, (0, 0))
        if disturbed:
            return total_ns // count if count else 0
        self.typical[name] = (count + 1, total_ns + step_ns)
        return step_ns

    def row(self) -> Mapping[str, int]:
        """The account as columns of the recording."""
        return {
            "nominal_ns": self.per_call_ns,
            "calls": self.calls,
            "spent_ns": self.spent_ns,
            "side_ns": self.side_ns,
        }
