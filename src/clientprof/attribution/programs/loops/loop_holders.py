"""Who held the loop: the program's own functions by name and line, and what of their time went into which layer.

The wall time between two samples, less what the loop idled, belongs to the stack of the second, except where steps are known
to be otherwise (``held_time``). A stack belongs to the program's innermost function on it; where there is none, to
the package's. What each made other exchanges wait is the ready time that fell into its intervals: prefix sums, as the
blame on layers.

A loop outside the main thread is looked at when it lets go of the interpreter (``probes.programs.sampled``), so its
samples gather at calls of sockets. But its steps are exact: what is left of a step after its last look belongs to that look,
not to the next one in another step.

A thread that waits for the interpreter's lock waits for other threads that compute, or wait for a core themselves, as long
as the loop's own thread does for each second that it computes. So much of a holder's time may be such a wait, by what they
computed between the samples.

CPU between two samples may be that of a step before. Where a step is long enough for two samples, the second's CPU is all
the step's own; from these the CPU of a holder's long steps is told, where it has some of them. They say nothing of its
short steps: on a busy machine a short one becomes long exactly when its thread is kept from computing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import estimate_sum
from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.attribution.programs.lane import Lane, Steps
from clientprof.attribution.programs.loops.blame import blame_by_label, own_function
from clientprof.attribution.programs.loops.garbage_pauses import collections_of
from clientprof.attribution.programs.loops.held_time import loop_samples
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import Holder
from clientprof.model.samples import CodeLocation
from clientprof.stats.distinct import distinct

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_CHUNKS = 20
# So many samples that follow another one in the same step, and such a share of those in steps that may hold two, tell what
# part of these steps computes. A call that blocks for 12 ms has a quarter; of steps that are long because the thread got no
# core only one in twenty has a second sample, when it is over.
_ENOUGH = 5
_ENOUGH_OF_LASTING = 0.15
# No shorter step can hold two samples of the timer (its interval is 10 ms, and varies by half).
_TWO_SAMPLES_NS = 5_000_000
# A callback that takes so long is felt by whoever waits for the loop.
LONG_NS = 20_000_000

HolderKey = tuple[CodeLocation, Layer]


@dataclass(slots=True)
class _Sums:
    held_ns: Floats = field(default_factory=lambda: np.zeros(_CHUNKS))
    cpu_ns: float = 0.0
    queued_ns: float = 0.0
    lost_ns: float = 0.0
    others_ns: float = 0.0
    inner_held_ns: float = 0.0
    inner_cpu_ns: float = 0.0
    inner: int = 0
    lasting_held_ns: float = 0.0
    lasting_cpu_ns: float = 0.0
    lasting: int = 0
    longest_ns: int = 0
    samples: int = 0
    steps: int = 0
    long_steps: int = 0
    long_ns: float = 0.0
    blamed_ns: float = 0.0
    routes: set[int] = field(default_factory=set)
    # By function; None is the holder itself.
    inside: dict[str | None, float] = field(default_factory=dict)
    # By package; empty is its own code and the standard library.
    calls: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_s(self) -> float:
        if self.inner < max(_ENOUGH, _ENOUGH_OF_LASTING * self.lasting) or not self.inner_held_ns:
            return self.cpu_ns / 1e9
        of_lasting_ns = self.lasting_held_ns * min(1.0, self.inner_cpu_ns / self.inner_held_ns)
        short_ns = float(self.held_ns.sum()) - self.lasting_held_ns
        return (of_lasting_ns + max(0.0, min(short_ns, self.cpu_ns - self.lasting_cpu_ns))) / 1e9

    @property
    def queued_s(self) -> float:
        """In proportion to what was computed: waiting for a core is for who computes."""
        found = self.cpu_s * self.queued_ns / self.cpu_ns if self.cpu_ns > 0 else 0.0
        return max(0.0, min(found, float(self.held_ns.sum()) / 1e9 - self.cpu_s))

    @property
    def interpreter_s(self) -> float:
        """What others computed, as far as there is time left that the holder did not need for itself."""
        rest = float(self.held_ns.sum()) / 1e9 - self.cpu_s - self.queued_s
        return max(0.0, min(self.others_ns / 1e9, rest))


def loop_holders(facts: ProgramFacts, lanes: Sequence[Lane]) -> tuple[Holder, ...]:
    """All functions that held loops, over all sampled loops of the program, those that held them longest first."""
    sums: dict[HolderKey, _Sums] = {}
    busy_ns, exchanges, still_ns, most_ns, queued_ns = 0.0, 0.0, 0.0, 0.0, 0
    for lane in lanes:
        if lane.steps is None:
            continue
        weights = WindowWeights(facts, lane)
        exchanges += float(weights.of_exchanges.at(lane.started[lane.detailed]).sum())
        busy_ns += weights.busy_ns()
        still_ns += weights.still_ns
        most_ns += weights.still_at_most_ns
        queued_ns += weights.queued_ns
        _add_lane(lane, weights, sums)
    ordered = sorted(sums.items(), key=lambda item: -item[1].held_ns.sum())
    holders = [_holder(key, found, facts, busy_ns, exchanges) for key, found in ordered]
    balanced = _balanced(holders, [found.lost_ns / 1e9 for _, found in ordered], still_ns / 1e9, most_ns / 1e9)
    return _no_longer_queued(balanced, queued_ns / 1e9)


def _no_longer_queued(holders: Sequence[Holder], queued_s: float) -> tuple[Holder, ...]:
    """The holders with no more time in line for a core than the system counted. What is beyond that was computed, but by
    nobody whose samples have it: by the collector of garbage."""
    told_s = sum(holder.queued_s for holder in holders)
    if not queued_s or told_s <= queued_s:
        return tuple(holders)
    kept = queued_s / told_s
    return tuple(
        replace(
            holder,
            queued_s=holder.queued_s * kept,
            cpu_s=None if holder.cpu_s is None else holder.cpu_s + holder.queued_s * (1.0 - kept),
        )
        for holder in holders
    )


def _balanced(holders: Sequence[Holder], lost_s: Sequence[float], still_s: float, most_s: float) -> tuple[Holder, ...]:
    """The holders with no more time off the core than the loops had. What each waited for a core is in proportion to its
    samples' CPU, and where cores are scarce chance gives one row more of it, another less.

    By clocks the loops stood still for ``still_s`` at least and ``most_s`` at most. What lies between is for those whose
    samples say that they had not lost the core, as those did that stand for ``lost_s``.
    """
    loose = [max(0.0, holder.held_s.value - (holder.cpu_s or 0.0) - holder.queued_s) for holder in holders]
    kept = [rest * min(1.0, still_s / sum(loose)) for rest in loose] if sum(loose) else loose
    more = [
        max(0.0, min(rest, holder.held_s.value - (holder.cpu_s or 0.0) - lost) - own)
        for holder, rest, lost, own in zip(holders, loose, lost_s, kept, strict=True)
    ]
    part = min(1.0, max(0.0, most_s - still_s) / sum(more)) if sum(more) else 0.0
    still = [own + part * each for own, each in zip(kept, more, strict=True)]
    return tuple(
        replace(
            holder,
            queued_s=holder.queued_s + rest - own,
            interpreter_s=min(holder.interpreter_s, own),
        )
        for holder, rest, own in zip(holders, loose, still, strict=True)
    )


def _holder(key: HolderKey, found: _Sums, facts: ProgramFacts, busy_ns: float, exchanges: float) -> Holder:
    location, layer = key
    held = estimate_sum(found.held_ns / 1e9, found.samples)
    return Holder(
        file=location.file,
        line=location.line,
        function=location.function if location.origin == "app" else location.name,
        origin=location.origin,
        layer=layer,
        held_s=type(held)(held.value, held.low, held.high, "s", held.n),
        cpu_s=found.cpu_s,
        queued_s=found.queued_s,
        interpreter_s=found.interpreter_s,
        share_of_loop=float(found.held_ns.sum()) / busy_ns if busy_ns else 0.0,
        longest_ms=found.longest_ns / 1e6 if found.longest_ns else None,
        blamed_us=found.blamed_ns / 1e3 / exchanges if exchanges else 0.0,
        routes=tuple(facts.routes[place] for place in sorted(found.routes) if place < len(facts.routes)),
        inside=max(found.inside, key=lambda name: found.inside[name], default=None),
        calls=max(found.calls, key=lambda name: found.calls[name], default=""),
        samples=found.samples,
        steps=found.steps,
        long_steps=found.long_steps,
        long_s=found.long_ns / 1e9,
    )


def _add_lane(lane: Lane, weights: WindowWeights, sums: dict[HolderKey, _Sums]) -> None:
    """Add one loop's samples; held time and CPU are those of all of the measured time."""
    steps = lane.steps
    assert steps is not None
    length, selecting = np.diff(steps.started), steps.selecting
    # A collection is nobody's work: a step is not long because one came in its midst.
    own_length = length - _collected_in(lane, steps)
    samples = loop_samples(lane, weights)
    if samples is None:
        return
    table, at, stack, held, looked = samples.table, samples.at, samples.stack, samples.weighed, samples.looked
    route = lane.integers("sample.route")
    known = len(route) == len(lane.integers("sample.at_ns"))
    route = route[samples.order] if known else np.full(len(at), -1, dtype=np.int64)
    keys = [_key(table, found) for found in table.stacks]
    stands_for = weights.of_cpu.at(at)
    # Beside CPU, the held time of the same samples has the same weights; exact figures may change it otherwise.
    between, cpu_ns = samples.between * stands_for, samples.cpu * stands_for
    shared = np.diff(_others_until(lane, at), prepend=0.0) * (1.0 + weights.queued_per_cpu)
    others = np.minimum(1.0, shared / np.maximum(1, np.diff(at, prepend=at[0]))) * (samples.held * stands_for)
    step = np.clip(np.searchsorted(steps.started, at, side="right") - 1, 0, len(length) - 1)
    lasts = (length[step] >= _TWO_SAMPLES_NS) & ~selecting[step]
    inner = np.concatenate([[False], step[1:] == step[:-1]]) & lasts
    chunk = np.arange(len(at)) * _CHUNKS // len(at)
    holders = list(dict.fromkeys(keys))
    number_of = {key: number for number, key in enumerate(holders)}
    holder = np.array([number_of[key] for key in keys], dtype=np.int64)[stack]
    for number, key in enumerate(holders):
        mine = holder == number
        if not mine.any():
            continue
        entry = sums.setdefault(key, _Sums())
        entry.held_ns += np.bincount(chunk[mine], held[mine], _CHUNKS)
        entry.cpu_ns += float(cpu_ns[mine].sum())
        entry.queued_ns += float(cpu_ns[mine].sum()) * weights.queued_per_cpu
        entry.lost_ns += float(held[mine & (samples.weight == 0)].sum())
        entry.others_ns += float(others[mine].sum())
        entry.samples += int((mine & looked).sum())
        entry.inner += int((mine & inner & looked).sum())
        entry.inner_held_ns += float(between[mine & inner].sum())
        entry.inner_cpu_ns += float(cpu_ns[mine & inner].sum())
        entry.lasting += int((mine & lasts & looked).sum())
        entry.lasting_held_ns += float(held[mine & lasts].sum())
        entry.lasting_cpu_ns += float(cpu_ns[mine & lasts].sum())
        working = mine & ~selecting[step]
        if working.any():
            entry.steps += len(distinct(step[working]))
            entry.longest_ns = max(entry.longest_ns, int(own_length[step[working]].max()))
            lasting = working & (own_length[step] >= LONG_NS)
            entry.long_steps += len(distinct(step[lasting]))
            entry.long_ns += float(held[lasting].sum())
        entry.routes.update(found for found in distinct(route[mine]).tolist() if found >= 0)
        for each in distinct(stack[mine]).tolist():
            name, package = _inside(table, table.stacks[each], key[0]), _calls(table, table.stacks[each], key[0])
            held_ns = float(held[mine & (stack == each)].sum())
            entry.inside[name] = entry.inside.get(name, 0.0) + held_ns
            entry.calls[package] = entry.calls.get(package, 0.0) + held_ns
    _add_blame(lane, weights, holder, at, holders, sums)


def _collected_in(lane: Lane, steps: Steps) -> Integers:
    """How long garbage was collected in each step, nanoseconds."""
    start, end = collections_of(lane)
    step = np.clip(np.searchsorted(steps.started, start, side="right") - 1, 0, len(steps.owner) - 1)
    return np.bincount(step, end - start, len(steps.owner)).astype(np.int64)


def _others_until(lane: Lane, instants: Integers) -> Floats:
    """What other threads computed until each instant, nanoseconds; nothing where nobody recorded that."""
    at, so_far = lane.integers("sample.at_ns"), np.cumsum(lane.integers("sample.others_ns"))
    if not len(at) or len(so_far) != len(at):
        return np.zeros(len(instants))
    return np.interp(instants, at, so_far)


def _add_blame(
    lane: Lane,
    weights: WindowWeights,
    holder: Integers,
    at: Integers,
    keys: Sequence[HolderKey],
    sums: dict[HolderKey, _Sums],
) -> None:
    """Ready time of all detailed exchanges, by who held the loop meanwhile."""
    blamed = blame_by_label(lane, weights, at, holder, len(keys))
    for place, key in enumerate(keys):
        if key in sums:  # otherwise all of its samples were before the measurement: nobody waited for it
            sums[key].blamed_ns += float(blamed[place])


def _key(table: StackTable, stack: ClassifiedStack) -> HolderKey:
    """The program's innermost function, or the package's; and the owner layer."""
    codes = [table.codes[number] for number in stack.frames]
    own = own_function(codes)
    if own is None:
        own = table.codes[stack.named] if stack.named >= 0 else CodeLocation("", "unknown", "", 0, "stdlib")
    return own, stack.owner


def _inside(table: StackTable, stack: ClassifiedStack, holder: CodeLocation) -> str | None:
    """The innermost function that can be named below the holder, None where it is the holder itself."""
    if stack.named >= 0 and table.codes[stack.named] != holder:
        return table.codes[stack.named].name
    innermost = table.codes[stack.frames[-1]] if stack.frames else holder
    return innermost.name if innermost != holder else None


def _calls(table: StackTable, stack: ClassifiedStack, holder: CodeLocation) -> str:
    """The package that the holder's innermost frame calls, empty where it calls none."""
    codes = [table.codes[number] for number in stack.frames]
    below = takewhile(lambda code: code != holder, reversed(codes))
    packages = [code.module.partition(".")[0] for code in below if code.origin == "package"]
    return packages[-1] if packages else ""
