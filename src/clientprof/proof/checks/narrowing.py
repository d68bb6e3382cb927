"""Measuring until it is known well enough: time goes to the figure whose interval is the widest against its tolerance.

Whether to go on is decided by the width of the interval alone, never by the figure or its verdict: stopping when a check
happens to pass would make it pass too often. Half-widths are estimated too, so a figure that looks known early may be known
a little less well than it seems; every figure has a least number of observations for that reason.
"""

import time
from collections.abc import Sequence
from typing import Protocol

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

    Everything that has no interval yet is measured first, whatever time that takes.
    """
    began = time.monotonic()
    longest = dict.fromkeys(range(len(estimators)), 0.0)
    while True:
        number = max(range(len(estimators)), key=lambda each: estimators[each].width())
        width, now = estimators[number].width(), time.monotonic()
        if width <= narrow_to:
            return
        if width != float("inf") and now + longest[number] > began + seconds:
            return
        estimators[number].add()
        longest[number] = max(longest[number], time.monotonic() - now)
