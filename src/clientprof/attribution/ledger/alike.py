"""Exchanges to which the same happens in the same order are cut into phases once.

How ``phase_segments.cut`` divides an exchange depends on what happened and in which order, not on how long it took; instants
that are the same make segments without length, and so belong to what happened. So one exchange of each kind is cut with
ranks in place of times, and the ranks are replaced by the times of all. A program makes thousands of calls of a few kinds.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.events import Event, KnownMarks
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentColumns, cut

Integers = npt.NDArray[np.int64]
_PLACE = {phase: place for place, phase in enumerate(PHASES)}
_SEED = 20_260_101


def cut_alike(
    numbers: Integers,
    started_ns: Integers,
    ended_ns: Integers,
    failed: npt.NDArray[np.bool_],
    events: tuple[Integers, Integers, Integers],
    known: KnownMarks,
) -> SegmentColumns:
    """Owner, phase (places in ``PHASES``), start and end of the exchanges' segments, in order of owner and time.

    ``numbers`` are the exchanges in order, with one value each of start, end and whether it failed; ``events`` are time,
    exchange and kind in order of exchange and time. There are no server stamps.
    """
    at, place, kind = _of_numbers(numbers, started_ns, ended_ns, events)
    first = np.searchsorted(place, np.arange(len(numbers)))
    count = np.diff(np.append(first, len(place)))
    rank, last = _ranks(at, place, first, count, started_ns, ended_ns)
    found: list[tuple[Integers, Integers, Integers, Integers]] = []
    for members in _kinds(kind, rank, place, first, count, last, failed):
        model = int(members[0])
        rows = slice(int(first[model]), int(first[model] + count[model]))
        happened = list(zip(rank[rows].tolist(), kind[rows].tolist(), strict=True))
        parts = cut(0, int(last[model]), happened, None, known, answered=not failed[model])
        if not parts:
            continue
        times = np.empty((len(members), int(last[model]) + 1), dtype=np.int64)
        times[:, 0] = started_ns[members]
        for offset, (of_rank, _) in enumerate(happened):
            times[:, of_rank] = at[first[members] + offset]
        times[:, 0], times[:, -1] = started_ns[members], ended_ns[members]
        phase = np.array([_PLACE[part[0]] for part in parts], dtype=np.int64)
        since = np.array([part[1] for part in parts], dtype=np.int64)
        until = np.array([part[2] for part in parts], dtype=np.int64)
        start, end = times[:, since].ravel(), times[:, until].ravel()
        found.append((np.repeat(numbers[members], len(parts)), np.tile(phase, len(members)), start, end))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, none
    owner, phase, start, end = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.argsort(owner, kind="stable")
    return owner[order], phase[order], start[order], end[order]


def _of_numbers(
    numbers: Integers, started_ns: Integers, ended_ns: Integers, events: tuple[Integers, Integers, Integers]
) -> tuple[Integers, Integers, Integers]:
    """The events of these exchanges: time, clamped into the exchange's, place in ``numbers``, kind."""
    at, exchange, kind = events
    place = np.minimum(np.searchsorted(numbers, exchange), max(0, len(numbers) - 1))
    mine = numbers[place] == exchange if len(numbers) else np.zeros(len(at), dtype=np.bool_)
    # Of reads that follow each other the first may begin a phase, the others never do.
    again = np.zeros(len(at), dtype=np.bool_)
    again[1:] = (kind[1:] == Event.READ) & (kind[:-1] == Event.READ) & (exchange[1:] == exchange[:-1])
    kept = mine & ~again
    at, place, kind = at[kept], place[kept], kind[kept]
    return np.clip(at, started_ns[place], ended_ns[place]), place, kind


def _ranks(
    at: Integers, place: Integers, first: Integers, count: Integers, started_ns: Integers, ended_ns: Integers
) -> tuple[Integers, Integers]:
    """How many different instants lie before each event's in its exchange, the start being the first; and the end's rank."""
    before = np.empty(len(at), dtype=np.int64)
    before[1:] = at[:-1]
    some = count > 0
    before[first[some]] = started_ns[some]
    later = np.cumsum(at > before)
    base = np.zeros(len(count), dtype=np.int64)
    base[some] = later[first[some]] - (at > before)[first[some]]
    rank = later - base[place]
    last = np.zeros(len(count), dtype=np.int64)
    final = started_ns.copy()
    last[some] = rank[(first + count - 1)[some]]
    final[some] = at[(first + count - 1)[some]]
    return rank, last + (ended_ns > final)


def _kinds(
    kind: Integers,
    rank: Integers,
    place: Integers,
    first: Integers,
    count: Integers,
    last: Integers,
    failed: npt.NDArray[np.bool_],
) -> Iterator[Integers]:
    """Places of exchanges to which the same happened, group by group."""
    size = len(count)
    if not size:
        return
    # A sum of random numbers, one for each position and what happened there, tells sequences apart but for bad luck, ...
    generator = np.random.default_rng(_SEED)
    position = np.arange(len(kind)) - first[place]
    longest = int(count.max())
    at_kind, at_rank = (generator.integers(1, 1 << 62, longest + 1, dtype=np.int64) for _ in range(2))
    with np.errstate(over="ignore"):
        mixed = (kind + 1) * at_kind[position] + (rank + 1) * at_rank[position]
        sums = np.concatenate([[0], np.cumsum(mixed)])
        key = sums[first + count] - sums[first]
        key += last * int(at_rank[-1]) + failed * int(at_kind[-1]) + count
    order = np.argsort(key, kind="stable")
    edges = np.flatnonzero(np.concatenate([[True], key[order][1:] != key[order][:-1], [True]]))
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        members = order[low:high]
        while len(members):
            # ... so each is compared with its group's first.
            same = _same(kind, rank, first, count, last, failed, members)
            yield members[same]
            members = members[~same]


def _same(
    kind: Integers,
    rank: Integers,
    first: Integers,
    count: Integers,
    last: Integers,
    failed: npt.NDArray[np.bool_],
    members: Integers,
) -> npt.NDArray[np.bool_]:
    model = members[0]
    same = (count[members] == count[model]) & (last[members] == last[model]) & (failed[members] == failed[model])
    for offset in range(int(count[model])):
        row = np.minimum(first[members] + offset, len(kind) - 1)
        of_model = first[model] + offset
        same &= (kind[row] == kind[of_model]) & (rank[row] == rank[of_model])
    found: npt.NDArray[np.bool_] = same
    return found
