"""Numbers that carry their uncertainty: estimates, effects and verdicts."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

_MICROSECONDS = re.compile(r"\bus\b")


def shown_unit(unit: str) -> str:
    """The unit as people read it: ``us`` in data and names of fields is ``µs`` in texts."""
    return _MICROSECONDS.sub("µs", unit)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval. ``low`` and ``high`` are None where one observation allows no interval."""

    value: float
    low: float | None
    high: float | None
    unit: str
    n: int

    def excludes(self, floor: float, ceiling: float) -> bool:
        """Whether the interval lies wholly outside [floor, ceiling]; False where there is no interval."""
        if self.low is None or self.high is None:
            return False
        return self.low > ceiling or self.high < floor

    def contains(self, value: float) -> bool:
        """Whether the interval covers the value; False where there is no interval."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def half_width(self) -> float | None:
        """Half the interval, in the estimate's unit; None where there is none."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float | None:
        """Half the interval as a share of the value; None where there is none, or the value is 0."""
        half = self.half_width
        return None if half is None or not self.value else half / abs(self.value)

    @property
    def log_half_width(self) -> float | None:
        """Half the interval of the logarithm, which ratios have: 0.05 is 5 % either way. None where there is none."""
        if self.low is None or self.high is None or self.low <= 0:
            return None
        return math.log(self.high / self.low) / 2


class Verdict(StrEnum):
    """What a comparison may claim."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference shown"
    NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True)
class Effect:
    """A candidate against a baseline: ratio of one metric over paired blocks, with the A/A check beside it.

    ``ratio`` is candidate / baseline; ``aa_ratio`` is the baseline against itself in the same blocks. ``reason`` says in
    words why the verdict is what it is.
    """

    baseline: str
    candidate: str
    metric: str
    ratio: Estimate
    aa_ratio: Estimate | None
    verdict: Verdict
    reason: str
