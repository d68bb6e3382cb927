"""From observations to trends with their changes.

A trend is of one client under one load on one machine: costs of two machines never stand in one. Where all its recordings
measured the same baseline of another package, it is of ratios to that, which a slower day of the machine leaves alone;
otherwise it is of microseconds.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from clientprof.model.client_names import client_of
from clientprof.model.estimate import Estimate
from clientprof.model.history import By, HistoryResult, LevelChange, Machine, Observation, Trend, TrendPoint
from clientprof.stats.change_points import RATE, Change, changes_in
from clientprof.stats.intervals import ratio_estimate

# The release, and what stands before it (a, b, rc, dev) or behind it (post, +local) as PEP 440 orders them.
_VERSION = re.compile(r"(?P<release>\d+(?:\.\d+)*)(?P<rest>.*)", re.ASCII)
_BEFORE = re.compile(r"[._-]?(dev|a|b|c|rc|alpha|beta|pre)", re.IGNORECASE)

Key = tuple[str, ...]


def trends_of(
    observations: Sequence[Observation],
    machines: Sequence[Machine],
    by: By,
    created: str,
    *,
    client: str | None = None,
    seed: int = 1,
) -> HistoryResult:
    """All trends over ``by``, the one with the most recordings first; ``client`` leaves out all others.

    The rate of false changes is shared among the trends: each is tested at its part.
    """
    wanted = [each for each in observations if client is None or each.client == client]
    groups: defaultdict[Key, list[Observation]] = defaultdict(list)
    for each in wanted:
        groups[_KEYS[by](each)].append(each)
    several = {key: rows for key, rows in groups.items() if len({_label(by, row) for row in rows}) > 1}
    trends = [
        _trend(rows, by, _same(by, key), RATE / len(several), seed + number)
        for number, (key, rows) in enumerate(several.items())
    ]
    trends.sort(key=lambda trend: (trend.client, -trend.recordings))
    return HistoryResult(
        by,
        created,
        len({each.recording for each in wanted}),
        tuple(machines),
        tuple(trends),
        len(groups) - len(several),
        RATE,
        seed,
    )


# Client and machine first.
_KEYS: dict[By, Callable[[Observation], Key]] = {
    By.VERSION: lambda row: (row.client, row.machine, f"Python {row.python}", row.load),
    By.DATE: lambda row: (row.client, row.machine, row.version, f"Python {row.python}", row.load),
    By.PYTHON: lambda row: (row.client, row.machine, row.version, row.load),
}


def _same(by: By, key: Key) -> Key:
    """What the recordings share beside client and machine; the version stands in the client's title."""
    return tuple(part for part in key[2 if by is By.VERSION else 3 :] if part.strip() not in ("", "Python"))


def _label(by: By, row: Observation) -> str:
    if by is By.VERSION:
        return row.version
    return row.python if by is By.PYTHON else row.created


def version_order(version: str) -> tuple[tuple[int, ...], int, str]:
    """What versions are sorted by: ``2.9`` before ``2.10``, ``1.0rc1`` before ``1.0``, what is no version first."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (), 0, version
    numbers = [int(number) for number in found["release"].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    rest = found["rest"]
    return tuple(numbers), -1 if _BEFORE.match(rest) else 0 if not rest else 1, rest


def _trend(rows: Sequence[Observation], by: By, same: Key, rate: float, seed: int) -> Trend:
    against = _baseline(rows)
    labels = sorted({_label(by, row) for row in rows}, key=version_order if by is not By.DATE else None)
    places = {label: place for place, label in enumerate(labels)}
    ordered = sorted(rows, key=lambda row: places[_label(by, row)])
    costs = [_cost(row, against) for row in ordered]
    positions = [places[_label(by, row)] for row in ordered]
    unit = "us" if against is None else "x"
    points = tuple(
        _point(label, [row for row in ordered if _label(by, row) == label], against, unit, seed) for label in labels
    )
    first = rows[0]
    return Trend(
        client=first.title if by is not By.VERSION else first.client,
        machine=first.machine,
        same=same,
        unit=unit,
        against=against,
        points=points,
        changes=tuple(
            LevelChange(
                labels[change.place - 1], labels[change.place], labels[change.low], labels[change.high], change.ratio,
                change.p, _moved(points, before, change.place, after),
            )
            for change, before, after in _with_neighbours(
                changes_in([math.log(cost.value) for cost in costs], positions, rate, seed), len(labels)
            )
        ),
    )  # fmt: skip


def _with_neighbours(changes: Sequence[Change], positions: int) -> list[tuple[Change, int, int]]:
    """Each change with where the level before it began and the level after it ends."""
    edges = [0, *(change.place for change in changes), positions]
    return [(change, edges[number], edges[number + 2]) for number, change in enumerate(changes)]


def _baseline(rows: Sequence[Observation]) -> str | None:
    """The baseline that all of them were measured against, where it is another package than theirs."""
    found = {row.baseline for row in rows}
    one = found.pop() if len(found) == 1 else None
    return one if one is not None and client_of(one) != client_of(rows[0].client) else None


def _cost(row: Observation, against: str | None) -> Estimate:
    if against is None or row.ratio is None:
        return row.cpu_us
    return row.ratio


def _point(label: str, rows: Sequence[Observation], against: str | None, unit: str, seed: int) -> TrendPoint:
    costs = [_cost(row, against) for row in rows]
    if len(costs) == 1:
        value = costs[0]
    else:
        value = replace(ratio_estimate([math.log(cost.value) for cost in costs], seed), unit=unit)
    layers = [row.layers_us for row in rows if row.layers_us]
    names = sorted({name for found in layers for name in found})
    means = {name: sum(found.get(name, 0.0) for found in layers) / len(layers) for name in names}
    return TrendPoint(label, len(rows), value, means)


def _moved(points: Sequence[TrendPoint], start: int, place: int, end: int) -> dict[str, float]:
    """By layer, microseconds after the change less those before it, the largest difference first."""
    before, after = ([point for point in part if point.layers_us] for part in (points[start:place], points[place:end]))
    if not before or not after:
        return {}
    names = {name for point in (*before, *after) for name in point.layers_us}
    apart = {name: _mean_of(name, after) - _mean_of(name, before) for name in names}
    return dict(sorted(apart.items(), key=lambda item: (-abs(item[1]), item[0])))


def _mean_of(name: str, points: Sequence[TrendPoint]) -> float:
    weights = sum(point.recordings for point in points)
    return sum(point.layers_us.get(name, 0.0) * point.recordings for point in points) / weights
