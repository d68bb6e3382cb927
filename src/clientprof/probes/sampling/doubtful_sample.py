"""Samples that must be looked at twice before it is known what they weigh: they fell where the thread may stand still.

Of two kinds. A thread that has blocked since the sample before may stand still where this one fell, or may have computed
since. On a loop that reports no waits a sample that comes late may have been due while the loop waited, and then says
nothing of the function that it was handled in; or the function itself stands still, and the thread took its time to wake.

A sample that falls into a block would weigh what was computed until then. If the thread is at the same instruction soon
after and has blocked again meanwhile, it stands still where the sample fell: the sample weighs no CPU but one interval off
the CPU (``sample.off_ns``), and the CPU before it goes with the rest of the round. Where the thread has moved on, nobody
can say whether it stood still: ``off_ns`` is negative, and the analysis divides such samples as those of the same stack
that are certain.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches


class DoubtfulSample(NamedTuple):
    """``late`` says that it may have been due while the loop waited."""

    at_ns: int
    weight_ns: int
    collected_ns: int
    exchange: int
    stack: int
    late: bool


class Standing(NamedTuple):
    """What a sample weighs after the second look: CPU, and time off the CPU (negative: to be divided by the analysis).

    ``in_wait`` says that it was most likely due while the loop waited.
    """

    weight_ns: int
    off_ns: int
    in_wait: bool


@dataclass
class SecondLook:
    """Decides samples in doubt. ``still`` are the stacks that the thread was seen to stand still in."""

    blocks: VoluntarySwitches
    still: set[int] = field(default_factory=set)

    def decide(self, doubtful: DoubtfulSample, stands_ns: int, stack: int | None) -> Standing:
        """``stack`` is where the thread is now, None where nobody can say; ``stands_ns`` what a sample stands for.

        A late sample weighs no CPU whatever is seen: what it interrupted may not have begun when it was due. Where the
        thread stood still in the same stack at other times the analysis gives it its share of that.
        """
        blocked_again = self.blocks.grew()
        same = stack == doubtful.stack
        if same and blocked_again:
            self.still.add(doubtful.stack)
            return Standing(0, stands_ns, in_wait=False)
        if doubtful.late:
            return Standing(0, -stands_ns, in_wait=doubtful.stack not in self.still)
        return Standing(stands_ns, 0 if same else -stands_ns, in_wait=False)
