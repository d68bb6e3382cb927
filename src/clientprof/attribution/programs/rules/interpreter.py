"""The rule about loops that wait for the interpreter's lock, which other threads of the program have."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from clientprof.attribution.programs.lane import pairs
from clientprof.attribution.programs.loops.standing_still import stands_still
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate

# Of the loop's busy time, and of the time in which requests were under way.
_LEAST = 0.2
_LEAST_SHARE = 0.02
_FEWEST_SAMPLES = 20
_FEW_STEPS = 3
# Of a request's time: where no thread is seen to compute for long, so much must be waited for the interpreter.
_LEAST_OF_REQUEST = 0.05


@dataclass(frozen=True, slots=True)
class Waited:
    """For how long loops may have waited for the interpreter, of how long they were held, and what requests waited for that,
    mean of one in microseconds."""

    seconds: float
    held_s: float
    blamed_us: float

    @property
    def share(self) -> float:
        return self.seconds / self.held_s if self.held_s else 0.0


def waited_for_interpreter(evidence: Evidence) -> Waited | None:
    """What the samples of the loops say; None where it is little. What happens once, before anybody waits, is the start; and
    what blocks waits for something of its own, whatever other threads compute meanwhile."""
    holders = evidence.holders
    lasting = [holder for holder in holders if holder.steps >= _FEW_STEPS or holder.blamed_us]
    waiting = [holder for holder in lasting if holder.held_s.value and not stands_still(holder, holders)]
    found = Waited(
        sum(holder.interpreter_s for holder in waiting),
        sum(holder.held_s.value for holder in lasting),
        sum(holder.blamed_us * holder.interpreter_s / holder.held_s.value for holder in waiting),
    )
    enough = found.share >= _LEAST and found.seconds >= evidence.noticed_s(_LEAST_SHARE)
    return found if enough and sum(holder.samples for holder in lasting) >= _FEWEST_SAMPLES else None


def _threads(evidence: Evidence) -> list[tuple[float, Gate]]:
    """Where other threads computed, in seconds, the most first."""
    seconds: dict[int, float] = defaultdict(float)
    for lane in evidence.lanes:
        for gate, cpu_ns in pairs(lane.integers("computing.gate"), lane.integers("computing.cpu_ns")):
            if 0 <= gate < len(evidence.facts.gates):
                seconds[gate] += cpu_ns / 1e9
    found = sorted(seconds.items(), key=lambda item: -item[1])
    return [(each_s, evidence.facts.gates[gate]) for gate, each_s in found]


def _looked(evidence: Evidence) -> bool:
    """Whether somebody looked for threads that compute."""
    return any((lane.integers("gate.gate") == GATE_LOOK).any() for lane in evidence.lanes)


def held_by_threads(evidence: Evidence) -> Iterator[Finding]:
    """Threads that compute in Python keep the loop's thread from going on, for 5 ms each time that it lets go."""
    found = waited_for_interpreter(evidence)
    if found is None:
        return
    threads = _threads(evidence)
    _, first = threads[0] if threads else (0.0, None)
    if first is None and _looked(evidence) and found.blamed_us < _LEAST_OF_REQUEST * evidence.request_us:
        return  # many threads, of which none computes for long: they make the requests
    at = ("", 0, "") if first is None else (first.file, first.line, first.function)
    who = "Other threads of the program keep" if first is None else f"A thread in {place(*at)} keeps"
    yield finding(
        "threads-hold-interpreter",
        f"{who} the event loop waiting for the interpreter, up to {percent(found.share)} of its busy time",
        Layer.APP if first else Layer.OTHER,
        at,
        f"The loop may have waited so for {found.seconds:,.2f} s of the {found.held_s:,.2f} s that it was held; requests "
        f"were ready and waited {found.blamed_us / 1e3:,.2f} ms each for it.",
        [
            "other threads computed meanwhile, and the loop's own thread neither computed nor waited for a core",
            "what it waits so at the end of a select is not in this figure: it looks like a wait for the network",
            *(
                f"{each_s:,.1f} s of CPU in {place(gate.file, gate.line, gate.function)}"
                for each_s, gate in threads[:4]
            ),
        ],
        "Move what these threads compute to another process. Or let the interpreter change threads more often, which "
        "makes each wait shorter and the threads a little slower.",
        "The claim is wrong if requests take as long without these threads.",
        off_cpu_us=evidence.for_each_us(found.seconds) + found.blamed_us,
        mechanism=(
            "One thread at a time runs Python code. The loop's thread lets go of the interpreter at each call of a socket "
            "and each select; a thread that computes then keeps it until it is asked to let go, 5 ms later."
        ),
        code="sys.setswitchinterval(0.0005)  # once, when the program starts; the default is 0.005",
    )
