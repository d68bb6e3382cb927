"""Two clients' exact counts, or a client's and its real count lens's, side by side: what differs, the most first."""

from collections import Counter
from collections.abc import Iterable, Mapping

from clientprof.model.counts.exact import (
    CountDifference,
    ExactCounts,
    FunctionCount,
    FunctionDifference,
    RealDifference,
)
from clientprof.model.run import Run
from clientprof.model.samples import CodeLocation

_LIBRARY = "stdlib"
# A function by its file and name: its lines move from version to version.
_Key = tuple[str, str]


def changes(one: ExactCounts, base: ExactCounts) -> tuple[FunctionDifference, ...]:
    """The functions whose calls or bytecodes differ, per request, by how much they differ."""
    # A file of counts does not keep the standard library's functions.
    both = all(any(row.location.origin == _LIBRARY for row in each.functions) for each in (one, base))
    kept = [[row for row in each.functions if both or row.location.origin != _LIBRARY] for each in (one, base)]
    now, then = map(_by_key, kept)
    found = []
    for key in {**now, **then}:
        mine, other = _per_request(now.get(key), one.requests), _per_request(then.get(key), base.requests)
        if mine != other:
            row = (now.get(key) or then[key])[0]
            found.append(FunctionDifference(row.location, row.layer, mine[0], other[0], mine[1], other[1]))
    return tuple(sorted(found, key=_weight, reverse=True))


def totals_per_request(counts: ExactCounts) -> dict[str, float]:
    """Every figure that a bound may name, per request."""
    return {name: total / counts.requests for name, total in counts.totals().items()}


def against_real(counts: ExactCounts, run: Run) -> RealDifference:
    """The exact counts beside a run of the real count lens: what both count, and functions that differ in calls."""
    facts = run.facts
    real = {counter.name: counter.total / counter.requests for counter in facts.counters if counter.requests}
    requests = facts.requests_per_round
    called: Counter[_Key] = Counter()
    for row in facts.calls:
        called[row.file, row.function] += row.calls
    mine = totals_per_request(counts)
    real["calls"] = sum(called.values()) / requests
    rows = tuple(
        CountDifference(name, mine[name], real[name]) for name in mine if name in real and (mine[name] or real[name])
    )
    found = []
    own = _by_key(row for row in counts.functions if row.calls is not None)
    for key in {**own, **called}:
        here, there = _per_request(own.get(key), counts.requests)[0], called.get(key, 0) / requests
        if (here or 0.0) != there:
            known = own.get(key)
            place = known[0].location if known else CodeLocation("", key[1], key[0], 0, "package")
            found.append(FunctionDifference(place, known[0].layer if known else None, here, there))
    return RealDifference(counts.client, rows, tuple(sorted(found, key=_weight, reverse=True)))


def _by_key(rows: Iterable[FunctionCount]) -> Mapping[_Key, list[FunctionCount]]:
    found: dict[_Key, list[FunctionCount]] = {}
    for row in rows:
        found.setdefault((row.location.file, row.location.function), []).append(row)
    return found


def _per_request(rows: list[FunctionCount] | None, requests: int) -> tuple[float | None, float | None]:
    """Calls and bytecodes of functions of one name."""
    if not rows:
        return None, None
    calls = [row.calls for row in rows if row.calls is not None]
    bytecodes = [row.bytecodes for row in rows if row.bytecodes is not None]
    return sum(calls) / requests if calls else None, sum(bytecodes) / requests if bytecodes else None


def _weight(row: FunctionDifference) -> float:
    if row.bytecodes is not None or row.other_bytecodes is not None:
        return abs((row.bytecodes or 0.0) - (row.other_bytecodes or 0.0))
    return abs((row.calls or 0.0) - (row.other_calls or 0.0))
