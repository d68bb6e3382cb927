"""The same work in two shapes: one function with everything inlined, and one made of many tiny calls.

Tracing profilers, and samplers that look only at calls, see more of the second than there is: function bias (named so by
Berger, scalene). httpcore's pool has that shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time_ns

_CALIBRATION_STEPS = 20_000


def inlined(steps: int) -> int:
    """Arithmetic, no call."""
    total = 0
    for step in range(steps):
        total += step & 7
        total ^= step
        total += step & 3
        total ^= step
    return total


def tiny(total: int, step: int) -> int:
    return (total + (step & 7)) ^ step


def of_tiny_calls(steps: int) -> int:
    """The same arithmetic, each line a call."""
    total = 0
    for step in range(steps):
        total = tiny(total, step)
        total = tiny(total, step)
    return total


IN_CALLS = ("of_tiny_calls", "tiny")


@dataclass(frozen=True, slots=True)
class Mixture:
    """Steps of both shapes for one turn."""

    inlined_steps: int
    calling_steps: int

    def run(self, turns: int) -> None:
        """The turns, one shape after the other; what a profiler is to look at."""
        for _ in range(turns):
            inlined(self.inlined_steps)
            of_tiny_calls(self.calling_steps)

    def true_ns(self, turns: int) -> tuple[int, int]:
        """The same by the thread's CPU clock, no profiler near: nanoseconds inlined, nanoseconds in calls."""
        spent = [0, 0]
        for _ in range(turns):
            began = thread_time_ns()
            inlined(self.inlined_steps)
            between = thread_time_ns()
            of_tiny_calls(self.calling_steps)
            spent[0] += between - began
            spent[1] += thread_time_ns() - between
        return spent[0], spent[1]


def mixture(share: float, turn_ns: int) -> Mixture:
    """Steps that spend about ``share`` of a turn in tiny calls, calibrated on this machine."""

    def per_step_ns(function: Callable[[int], int]) -> float:
        costs = []
        for _ in range(5):
            began = thread_time_ns()
            function(_CALIBRATION_STEPS)
            costs.append(thread_time_ns() - began)
        return min(costs) / _CALIBRATION_STEPS

    return Mixture(
        round(turn_ns * (1 - share) / per_step_ns(inlined)), round(turn_ns * share / per_step_ns(of_tiny_calls))
    )
