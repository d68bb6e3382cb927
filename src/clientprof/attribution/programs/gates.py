"""Where tasks of a program wait outside of requests, or for its own code inside of them, from looks at its loops, and the
sentences about that."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.time_in_flight import TimeInFlight
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate, ProgramFacts
from clientprof.model.programs.results import GateResult, SiteResult

# Ends of names of what a program puts something into.
_FULL = ("Queue", "MemorySendChannel", "MemoryObjectSendStream")


class Gated(NamedTuple):
    """Where tasks wait outside of requests, the most first, how many requests are in flight on average, of the time in
    which any are how many seconds there are for each, and how many there are, None where nobody counted."""

    gates: Sequence[GateResult]
    in_flight: float
    for_each_s: float = 0.0
    requests: int | None = None

    @property
    def first(self) -> GateResult | None:
        """Where most tasks wait that make a request each once they go on. Where more go on than there are requests, they
        wait for what another one fetches for all of them, as at the lock of a cache. Before calls and items that wait for
        threads come those threads, where they wait themselves."""
        rows = [row for row in self.gates if self.requests is None or row.left <= self.requests]
        held_up = (row for row in rows if row.gate.of_threads and not row.gate.threads and self.many(row))
        return next(held_up, rows[0] if rows else None)

    def many(self, row: GateResult) -> bool:
        """Whether more wait there than requests are in flight."""
        return row.tasks >= max(1.0, self.in_flight)


NOT_GATED = Gated((), 0.0)


def gate_results(facts: ProgramFacts, lanes: Sequence[Lane], asked: TimeInFlight) -> tuple[GateResult, ...]:
    """One row a place and what it waits for, the most tasks first; from looks made while requests were in flight. Each look
    stands for the time from half way since the one before to half way to the next."""
    places = _places(facts.gates)
    found: dict[int, _Waited] = defaultdict(_Waited)
    for lane in lanes:
        at, gate, tasks = (lane.integers(f"gate.{name}") for name in ("at_ns", "gate", "tasks"))
        stretch = np.searchsorted(asked.start, at, side="right") - 1
        inside = (stretch >= 0) & (at <= asked.end[stretch]) if len(asked.start) else np.zeros(len(at), dtype=np.bool_)
        inside &= gate < len(facts.gates)
        at, place, tasks = at[inside], places[gate[inside]], tasks[inside]
        looks = at[place == GATE_LOOK]
        stands_for = _stands_for(looks)
        for number in np.unique(place[place != GATE_LOOK]).tolist():
            mine = place == number
            counts = np.zeros(len(looks), dtype=np.int64)
            np.add.at(counts, np.searchsorted(looks, at[mine]), tasks[mine])
            found[number].add(counts, stands_for)
    rows = [waited.result(facts.gates[number]) for number, waited in found.items()]
    return tuple(sorted(rows, key=lambda row: -row.tasks))


@dataclass(slots=True)
class _Waited:
    """What waited at one place, over all looks."""

    sum: float = 0.0
    time: float = 0.0
    most: int = 0
    looks: int = 0
    all_looks: int = 0
    left: int = 0

    def add(self, counts: npt.NDArray[np.int64], stands_for: npt.NDArray[np.float64]) -> None:
        """The looks of a lane: how many waited at each, and for how much time each stands."""
        self.sum += float(counts @ stands_for)
        self.time += float(stands_for.sum())
        self.most = max(self.most, int(counts.max()))
        self.looks += int((counts > 0).sum())
        self.all_looks += len(counts)
        self.left += int(np.maximum(0, -np.diff(counts)).sum())

    def result(self, gate: Gate) -> GateResult:
        return GateResult(gate, self.sum / self.time, self.most, self.looks, self.all_looks, self.left)


def _stands_for(looks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How much time each look stands for."""
    if len(looks) < 2:
        return np.ones(len(looks))
    between = np.diff(looks)
    both: npt.NDArray[np.float64] = (np.append(between[0], between) + np.append(between, between[-1])) / 2
    return both


def _places(gates: Sequence[Gate]) -> npt.NDArray[np.int64]:
    """For each gate the number of the same place where the most threads, or takers, were seen: a pool makes its threads as
    calls come. Behind them, what stands for a look: its number is -1."""
    places = [replace(gate, threads=min(gate.threads, 1), workers=min(gate.workers, 1)) for gate in gates]
    largest: dict[Gate, int] = {}
    for number, place in enumerate(places):
        before = gates[largest.setdefault(place, number)]
        if (gates[number].threads, gates[number].workers) > (before.threads, before.workers):
            largest[place] = number
    return np.array([*(largest[place] for place in places), GATE_LOOK], dtype=np.int64)


def inside_call(gates: Sequence[GateResult], site: SiteResult) -> GateResult | None:
    """Where most of the tasks wait that were seen waiting for the program's own code inside of the site's calls."""
    places = ((site.file, site.function), ("", ""))
    return next((row for row in gates if row.gate.inside and (row.gate.caller_file, row.gate.caller) in places), None)


def at_executors(gated: Gated) -> str:
    """Whether look-ups of names may wait for threads that other calls have; they are in requests, and few need wait so."""
    wait = _for_threads(gated)
    return wait and f" Names are looked up in threads of the loop's default executor, and {wait}"


def between_pieces(gated: Gated) -> str:
    """Whether what a program does between two pieces may wait for threads."""
    wait = _for_threads(gated)
    return wait and f" At the same time, {wait}"


def _for_threads(gated: Gated) -> str:
    row = next((row for row in gated.gates if row.gate.threads and not row.gate.workers and row.tasks >= 1), None)
    if row is None:
        return ""
    return f"{row.tasks:,.1f} calls wait for {_threads(row.gate)}."


def _threads(gate: Gate) -> str:
    where = f"`{gate.function}` ({gate.file}:{gate.line})"
    if gate.threads == 1:
        return f"the only thread of a pool, which is in {where}"
    return f"one of {gate.threads} threads, most of which are in {where}"


def beside_a_busy_loop(gated: Gated) -> str:
    """Where more calls wait for a thread than requests are in flight: that is no consequence of a loop that is busy, as
    tasks at a lock or a semaphore may be."""
    row = gated.first
    return at_a_gate(gated) if row is not None and row.gate.threads else ""


def at_a_gate(gated: Gated, *, for_threads: bool = True) -> str:
    """Where more tasks wait outside of requests than requests are in flight: the program itself lets so few be made.
    ``for_threads``: what waits for threads counts too."""
    row = gated.first
    if row is None or not gated.many(row) or (row.gate.threads and not for_threads):
        return ""
    gate = row.gate
    where = f"`{gate.function}` ({gate.file}:{gate.line})"
    wait = f"While {gated.in_flight:,.1f} requests are in flight on average, {row.tasks:,.1f}"
    if gate.workers:
        taker = "thread" if gate.of_threads else "task"
        takers = f"the only {taker} that takes from it" if gate.workers == 1 else f"one of {gate.workers:,} {taker}s"
        more = f"If the server bears more, let more {taker}s take from it."
        return f" {wait} items wait in `{gate.what}` for {takers}, in {where}. {more}"
    if gate.threads:
        return f" {wait} calls wait for {_threads(gate)}. If the server bears more, let the pool have more threads."
    who = "threads" if gate.of_threads else "tasks"
    if gate.what.endswith(".sleep"):
        return f" {wait} tasks sleep (`{gate.what}`) in {where}, between requests of theirs."
    if gate.what.endswith(_FULL):
        return (
            f" {wait} {who} wait for room in `{gate.what}` in {where}: whoever takes from it is slower than they are."
        )
    # What waits is as many as come in a second, times how long each waits (Little's law).
    each_ms = f"{1e3 * row.tasks * gated.for_each_s:,.0f}"
    each = "" if each_ms == "0" else f": about {each_ms} ms for each request of the program"
    helps = (
        "Hold it for less time."
        if gate.what.endswith("Lock")
        else "If the server bears more, let more through there at once."
    )
    return f" {wait} {who} wait for `{gate.what}` in {where}, before they make theirs{each}. {helps}"
