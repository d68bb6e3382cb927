"""Where tasks of a program wait outside of requests, from looks at its loops."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.time_in_flight import TimeInFlight
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import GateResult


def gate_results(facts: ProgramFacts, lanes: Sequence[Lane], asked: TimeInFlight) -> tuple[GateResult, ...]:
    """One row a place and what it waits for, the most tasks first; from looks made while requests were in flight."""
    found: dict[int, list[int]] = defaultdict(list)
    looked: Counter[int] = Counter()
    for lane in lanes:
        at, gate, tasks = (lane.integers(f"gate.{name}") for name in ("at_ns", "gate", "tasks"))
        stretch = np.searchsorted(asked.start, at, side="right") - 1
        inside = (stretch >= 0) & (at <= asked.end[stretch]) if len(asked.start) else np.zeros(len(at), dtype=np.bool_)
        gate, tasks = gate[inside], tasks[inside]
        looks = gate == GATE_LOOK
        looked.update(dict.fromkeys(set(gate[~looks].tolist()), int(looks.sum())))
        for number, count in zip(gate[~looks].tolist(), tasks[~looks].tolist(), strict=True):
            if 0 <= number < len(facts.gates):
                found[number].append(count)
    rows = [
        GateResult(facts.gates[number], sum(counts) / looked[number], max(counts), len(counts), looked[number])
        for number, counts in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.tasks))
