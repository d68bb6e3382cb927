"""What is left of a history while a change is searched in it: which step to try next, and where the change can still be.

Steps are releases or commits, each with its parents. A step like the bad end has the change in itself or behind it. A
step like the good end has it neither in itself nor behind it. So every answer leaves a part of the history, also where
that branches. The step tried next is the one whose answer leaves least, whichever it is.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class History:
    """``parents`` has every step that the bad end has and the good one has not, the bad end included, parents first.

    ``bad`` moves: it is the nearest step known to be like the bad end.
    """

    good: str
    bad: str
    parents: Mapping[str, tuple[str, ...]]
    skipped: dict[str, str] = field(default_factory=dict)
    _behind: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _left: int = 0

    def __post_init__(self) -> None:
        for number, (step, parents) in enumerate(self.parents.items()):
            self._numbers[step] = number
            behind = 1 << number
            for parent in parents:
                behind |= self._behind.get(parent, 0)
            self._behind[step] = behind
        self._left = self._behind[self.bad]

    @property
    def left(self) -> tuple[str, ...]:
        """The steps that may have brought the change, in order."""
        return tuple(step for step, number in self._numbers.items() if self._left >> number & 1)

    @property
    def suspects(self) -> tuple[str, ...]:
        """Those besides ``bad`` that may have brought it and could not be measured."""
        return tuple(step for step in self.left if step != self.bad and step in self.skipped)

    def next(self) -> str | None:
        """The step to try, None where nothing is left to try."""
        total = self._left.bit_count()
        best: tuple[int, str] | None = None
        for step in self.left:
            if step == self.bad or step in self.skipped:
                continue
            weight = (self._behind[step] & self._left).bit_count()
            worth = min(weight, total - weight)
            if best is None or worth > best[0]:
                best = worth, step
        return None if best is None else best[1]

    def take(self, step: str, *, like_bad: bool) -> None:
        """Take in what the step is like."""
        if like_bad:
            self._left &= self._behind[step]
            self.bad = step
        else:
            self._left &= ~self._behind[step]

    def skip(self, step: str, reason: str) -> None:
        """Leave out a step that cannot be measured."""
        self.skipped[step] = reason

    def before(self) -> tuple[str, ...]:
        """What the change can be held against: the nearest steps behind ``bad`` that do not have it, then the good end."""
        left = set(self.left)
        among = (self.bad, *reversed(self.suspects))
        known = [parent for step in among for parent in self.parents[step] if parent not in left | self.skipped.keys()]
        return tuple(dict.fromkeys([*known, self.good]))


def line(steps: tuple[str, ...]) -> History:
    """A history without branches, from its good end to its bad one."""
    return History(steps[0], steps[-1], {step: (before,) for before, step in itertools.pairwise(steps)})
