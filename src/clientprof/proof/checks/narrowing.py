"""Measuring until it is known well enough: time goes to the figure whose interval is the widest against its tolerance.

Whether to go on is decided by the width of the interval alone, never by the figure or its verdict: stopping when a check
happens to pass would make it pass too often. Half-widths are estimated too, so a figure that looks known early may be known
a little less well than it seems; every figure has a least number of observations for that reason.
"""

import math
import time
from collections.abc import Sequence
from typing import Protocol

# Widths are estimated as well, so twice the time left may still be enough.
_HOPEFUL = 2.0
# Of the tolerance. An error of a third of the tolerance then passes 39 times in 40.
NARROW = 0.6


class Estimator(Protocol):
    """A figure that more measuring makes better known."""

    def add(self) -> None:
        """Measure a little more."""

    def width(self) -> float:
        """The half-width of the 95 % interval over the tolerance; infinite while there is too little to say."""


def narrow(estimators: Sequence[Estimator], seconds: float, narrow_to: float = NARROW) -> None:
    """Add to the widest until all are narrow, or until the next addition would end after ``seconds``.

    Everything that has no interval yet is measured first, whatever time that takes. What would need far more time than is
    left to be as narrow as its tolerance is given up, since an interval narrows with the root of the time: on a noisy
    machine it would take all of it for nothing.
    """
    began = time.monotonic()
    longest, spent = (dict.fromkeys(range(len(estimators)), 0.0) for _ in range(2))
    while True:
        now, widths = time.monotonic(), {number: each.width() for number, each in enumerate(estimators)}
        left = began + seconds - now
        unknown = [number for number, width in widths.items() if math.isinf(width)]
        wide = unknown or [
            number
            for number, width in widths.items()
            if width > narrow_to and spent[number] * (width**2 - 1) <= _HOPEFUL * left
        ]
        if not wide:
            return
        number = max(wide, key=widths.__getitem__)
        if not unknown and longest[number] > left:
            return
        estimators[number].add()
        took = time.monotonic() - now
        longest[number], spent[number] = max(longest[number], took), spent[number] + took
