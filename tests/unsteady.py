"""Accuracy on a machine that is not steady: a figure beyond its tolerance is inconclusive there, never a pass."""

import json
from time import process_time_ns, sleep

import pytest

# The same work within a quarter of a minute; a quiet machine stays below.
STEADY_BELOW = 1.2
# A neighbour comes and goes within seconds: a look of a second finds a machine steady in one of five cases where looks over
# as long as the shortest measurements find the same work to take 1.6 times.
_BURSTS, _PAUSE_S, _REPEATS, _ROUSING = 6, 2.0, 20, 2


def unsteadiness() -> float:
    """How many times the CPU of its fastest tenth the slowest tenth of the same work takes just now, over 15 s."""
    taken = []
    for burst in range(_BURSTS):
        if burst:
            sleep(_PAUSE_S)
        for _ in range(_ROUSING):
            _work_ns()  # a core that has slept is slow, on a steady machine too
        taken += [_work_ns() for _ in range(_REPEATS)]
    taken.sort()
    tenth = len(taken) // 10
    return sum(taken[-tenth:]) / sum(taken[:tenth])


def _work_ns() -> int:
    began_ns = process_time_ns()
    for number in range(300):
        json.loads(json.dumps({f"key {place}": [number] * 20 for place in range(20)}))
    return process_time_ns() - began_ns


def hold(kept: bool, figure: str) -> None:
    """Fail where a tolerance is not kept; skip, with the figure, where the machine's CPU is too unsteady to tell."""
    if not kept and (times := unsteadiness()) > STEADY_BELOW:
        pytest.skip(f"inconclusive: {figure}; the same work takes up to {times:.2f}x the CPU on this machine just now")
    assert kept, figure
