"""Loops whose threads waited long for a core: then the machine is part of every time that was measured on them."""

from collections.abc import Iterator, Sequence

from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.time_in_flight import TimeInFlight
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.findings import Notice
from clientprof.model.programs.recording import ProgramFacts

# In line for a core, of each second that was computed, and of the time from the first request to the last: a loop that
# computes next to nothing waits for as long each time that it wakes, and nobody is kept from anything.
_LONG = 0.5
_MUCH = 0.1


def queued_notices(facts: ProgramFacts, lanes: Sequence[Lane], asked: TimeInFlight) -> Iterator[Notice]:
    """One warning, with the figure of the loop that waited longest; ``asked`` is when requests were under way."""
    if not len(asked.start):
        return
    lasted_ns = int(asked.end[-1] - asked.start[0])
    loops = [WindowWeights(facts, lane) for lane in lanes if lane.is_loop]
    waited = max((loop.queued_per_cpu for loop in loops if loop.queued_ns >= _MUCH * lasted_ns), default=0.0)
    if waited >= _LONG:
        yield Notice(
            "busy-machine",
            f"For each second that the event loop's thread computed, it waited {waited:,.1f} s for a core: other processes, "
            "or other threads of the program, had it.",
            "Wall times, phases and loop times are longer by that; counts and CPU per request are hardly affected.",
        )
