"""From the truth to the accounts that the ledger must show, in whole nanoseconds, by plain intersection."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.run import StepOwner
from clientprof.proof.truth import ExchangeTruth, Interval, Truth


@dataclass(slots=True)
class PhaseAccount:
    """One phase of one exchange: wall = running + ready + waiting; ``blame`` is ready by the layer that ran."""

    wall_ns: int = 0
    running_ns: int = 0
    ready_ns: int = 0
    blame_ns: Counter[Layer] = field(default_factory=Counter)


def expected_phases(truth: Truth, exchange: int) -> dict[Phase, PhaseAccount]:
    """The accounts of one exchange by phase; phases without any time are absent."""
    mine = truth.exchanges[exchange]
    own = [(a.start_ns, a.end_ns) for a in truth.activities if a.actor == exchange]
    answered = mine.failure is None
    data = [(arrived if answered else reported, read) for arrived, reported, read in mine.reads]
    ready = subtract(united(mine.ready + data), own)
    accounts: dict[Phase, PhaseAccount] = {}
    for phase, start, end in segments(mine):
        account = accounts.setdefault(phase, PhaseAccount())
        account.wall_ns += end - start
        account.running_ns += sum(overlap((start, end), interval) for interval in own)
        for interval in ready:
            piece = (max(start, interval[0]), min(end, interval[1]))
            if piece[0] >= piece[1]:
                continue
            account.ready_ns += piece[1] - piece[0]
            for activity in truth.activities:
                shared = overlap(piece, (activity.start_ns, activity.end_ns))
                if shared:
                    account.blame_ns[activity.layer] += shared
    return accounts


def segments(exchange: ExchangeTruth) -> list[tuple[Phase, int, int]]:
    """The phases one after the other; the wait for an answered request is split at the server's instants."""
    ends = [since for _, since in exchange.phases[1:]] + [exchange.ended_ns]
    parts = [(phase, since, end) for (phase, since), end in zip(exchange.phases, ends, strict=True) if end > since]
    if exchange.failure is not None:
        return parts
    split: list[tuple[Phase, int, int]] = []
    for phase, start, end in parts:
        if phase is not Phase.WAIT:
            split.append((phase, start, end))
            continue
        bounds = (start, exchange.received_ns, exchange.written_ns, exchange.arrived_ns, end)
        inner = (Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK, Phase.LOOP)
        split += [(p, a, b) for p, a, b in zip(inner, bounds, bounds[1:], strict=False) if b > a]
    return split


def expected_loop(truth: Truth) -> tuple[dict[Layer, int], int]:
    """Busy nanoseconds by layer and nanoseconds in select, inside the round."""
    busy: Counter[Layer] = Counter()
    idle = 0
    for activity in truth.activities:
        shared = overlap(truth.round_ns, (activity.start_ns, activity.end_ns))
        if activity.actor == StepOwner.SELECT:
            idle += shared
        elif shared:
            busy[activity.layer] += shared
    return dict(busy), idle


def overlap(first: Interval, second: Interval) -> int:
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals as disjoint ones in order."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif end > start:
            result.append((start, end))
    return result


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of the intervals outside the holes."""
    left = list(intervals)
    for low, high in holes:
        cut = ((start, min(end, low)) for start, end in left), ((max(start, high), end) for start, end in left)
        left = [(start, end) for side in cut for start, end in side if end > start]
    return sorted(left)
