"""Costs and counts over the program's age, and whether a cost grows with it.

The slope is that of the logarithm of a cost on the logarithm of the uptime, with an interval (DESIGN.md 3.7, 3.8). The first
slice is left out: imports, first connections and caches belong to the start, not to the age.

A program of seconds has few slices. Its CPU per request is then told from the samples of its busiest loop, whose weights are
CPU, and from the exchanges that ended meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.lane import Lane
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import UptimeSeries
from clientprof.stats.growth_over_age import FEWEST_POINTS, slope_over_age

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# Fewer requests show no law.
_FEWEST_REQUESTS = 5
_SHOWN_POINTS = 240
# Where samples tell the CPU: into so many parts the time is cut, and so many requests and samples make one.
_PARTS = 24
_PART_REQUESTS = 8
_PART_SAMPLES = 8
CPU_PER_REQUEST = "CPU per request"


@dataclass(frozen=True, slots=True)
class _Cost:
    name: str
    unit: str
    column: str
    per_request: bool
    scale: float


_COSTS = (
    _Cost(CPU_PER_REQUEST, "us", "cpu_ns", True, 1e-3),
    _Cost("connections opened per request", "per request", "connections", True, 1.0),
    _Cost("TLS handshakes per request", "per request", "handshakes", True, 1.0),
    _Cost("name look-ups per request", "per request", "lookups", True, 1.0),
    _Cost("memory", "MB", "memory_bytes", False, 1e-6),
    _Cost("requests in flight", "requests", "in_flight", False, 1.0),
)


def uptime_series(facts: ProgramFacts, lanes: Sequence[Lane]) -> tuple[UptimeSeries, ...]:
    """Every series that has values, of the process with the most requests; times since that process began."""
    rows = [lane for lane in lanes if len(lane.integers("uptime.at_ns"))]
    if not rows:
        return ()
    lane = max(rows, key=lambda each: int(each.integers("uptime.exchanges")[-1]))
    began = facts.processes[lane.facts.process].started_ns
    found: list[UptimeSeries | None] = []
    if len(lane.integers("uptime.at_ns")) > 2:
        at_s = (lane.integers("uptime.at_ns") - began) / 1e9
        found += [_series(cost, lane, at_s, lane.integers("uptime.exchanges")) for cost in _COSTS]
    if not any(each is not None and each.name == CPU_PER_REQUEST and each.slope for each in found):
        sampled = [each for each in lanes if each.is_loop and each.facts.process == lane.facts.process]
        busiest = max(sampled, key=lambda each: len(each.detailed), default=None)
        fine = None if busiest is None else _sampled_cpu(busiest, began)
        if fine is not None:
            found = [fine, *(each for each in found if each is None or each.name != CPU_PER_REQUEST)]
    return (*_handshake_cost(lanes, lane.facts.process, began), *(each for each in found if each is not None))


def _series(cost: _Cost, lane: Lane, at_s: Floats, exchanges: Integers) -> UptimeSeries | None:
    column = lane.integers(f"uptime.{cost.column}")
    if len(column) != len(at_s) or (column < 0).any():
        return None
    values = column.astype(np.float64) * cost.scale
    if not cost.per_request:
        return _shown(cost.name, cost.unit, at_s[1:], values[1:], np.ones(len(at_s) - 1))
    requests = np.diff(exchanges)
    enough = requests >= _FEWEST_REQUESTS
    enough[:1] = False
    if not enough.any():
        return None
    each = np.diff(values)[enough] / requests[enough]
    return _shown(cost.name, cost.unit, at_s[1:][enough], each, requests[enough].astype(np.float64))


def _sampled_cpu(lane: Lane, began: int) -> UptimeSeries | None:
    """CPU of a loop's thread for each exchange that ended, by parts of the windows of detail, without the first part."""
    at, stack, weight = (lane.integers(f"sample.{name}") for name in ("at_ns", "stack", "weight_ns"))
    at, weight = at[stack >= 0], weight[stack >= 0]
    ended = np.sort(lane.ended[lane.ended > 0])
    if not len(lane.detailed) or not len(at):
        return None
    _, _, start, end = lane.windows
    start, end = np.maximum(start, lane.started[lane.detailed].min()), np.minimum(end, ended[-1] + 1)
    start, end = start[start < end], end[start < end]
    inside = int((np.searchsorted(ended, end) - np.searchsorted(ended, start)).sum())
    parts = min(_PARTS, inside // _PART_REQUESTS, len(at) // _PART_SAMPLES)
    if parts <= FEWEST_POINTS:
        return None
    lows, highs = _parts(start, end, parts)
    order = np.argsort(at)
    spent = np.concatenate([[0], np.cumsum(weight[order])])
    first, behind = np.searchsorted(at[order], lows), np.searchsorted(at[order], highs)
    cpu = spent[behind] - spent[first]
    requests = np.searchsorted(ended, highs) - np.searchsorted(ended, lows)
    useful = requests >= _PART_REQUESTS // 2
    useful[0] = False
    if int(useful.sum()) < FEWEST_POINTS:
        return None
    middle = ((lows + highs) / 2 - began) / 1e9
    each = cpu[useful] / requests[useful] / 1e3
    samples = int((behind - first)[useful].sum())
    return _shown(CPU_PER_REQUEST, "us", middle[useful], each, requests[useful].astype(np.float64), samples)


def _parts(start: Integers, end: Integers, parts: int) -> tuple[Floats, Floats]:
    """About so many parts, from and to: every window is cut in equal pieces, and none reaches from one into the next."""
    lengths = (end - start).astype(np.float64)
    pieces = np.maximum(1, np.rint(parts * lengths / lengths.sum())).astype(int)
    edges = [np.linspace(low, high, count + 1) for low, high, count in zip(start, end, pieces, strict=True)]
    return np.concatenate([each[:-1] for each in edges]), np.concatenate([each[1:] for each in edges])


def _handshake_cost(lanes: Sequence[Lane], process: int, began: int) -> tuple[UptimeSeries, ...]:
    """CPU of the TLS engine in a handshake, over the program's age."""
    at: dict[tuple[int, int], int] = {}
    spent: dict[tuple[int, int], int] = {}
    for lane in lanes:
        if lane.facts.process != process:
            continue
        names = ("exchange", "started_ns", "ended_ns")
        rows = (lane.integers(f"handshake.{name}").tolist() for name in names)
        for exchange, start, end in zip(*rows, strict=True):
            key = (lane.place, exchange)
            at.setdefault(key, start)
            spent[key] = spent.get(key, 0) + end - start
    if len(at) < 2 * FEWEST_POINTS:
        return ()
    ordered = sorted(at, key=lambda key: at[key])
    times = np.array([(at[key] - began) / 1e9 for key in ordered])
    costs = np.array([spent[key] / 1e3 for key in ordered])
    return (_shown("TLS engine's time per handshake", "us", times, costs, np.ones(len(times))),)


def _shown(
    name: str, unit: str, at_s: Floats, values: Floats, weight: Floats, samples: int | None = None
) -> UptimeSeries:
    """The series, averaged in groups of neighbours where it has more points than a picture shows."""
    count = min(len(at_s), _SHOWN_POINTS)
    groups = np.array_split(np.arange(len(at_s)), count) if count else []
    at = [float(at_s[group].mean()) for group in groups]
    means = [float(np.average(values[group], weights=weight[group])) for group in groups]
    return UptimeSeries(name, unit, tuple(at), tuple(means), slope_over_age(at_s, values, weight, samples))
