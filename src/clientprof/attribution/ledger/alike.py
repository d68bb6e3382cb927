"""Exchanges to which the same happens in the same order are cut into phases once.

How ``phase_segments.cut`` divides an exchange depends on what happened and in which order, not on how long it took; instants
that are the same make segments without length, and so belong to what happened. So one exchange of each kind is cut with
ranks in place of times, and the ranks are replaced by the times of all. The server's stamps and the exchange's end are
instants among the others. A program makes thousands of calls of a few kinds, and a trace a million.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.attribution.ledger.phase_segments import PHASES, Segment, SegmentColumns, cut
from clientprof.model.phases import Mark

Integers = npt.NDArray[np.int64]
StampColumns = tuple[Integers, Integers, Integers]
"""When the server had each request, when it wrote the answer (0: not known), and when that was here to be read."""
_PLACE = {phase: place for place, phase in enumerate(PHASES)}
_SEED = 20_260_101
# Rows that are no events: the end of the exchange, and the stamps in the order of ``StampColumns``.
_END, _STAMPS = 200, (201, 202, 203)


def cut_alike(
    numbers: Integers,
    started_ns: Integers,
    ended_ns: Integers,
    failed: npt.NDArray[np.bool_],
    events: tuple[Integers, Integers, Integers],
    known: KnownMarks,
    stamps: StampColumns | None = None,
) -> SegmentColumns:
    """Owner, phase (places in ``PHASES``), start and end of the exchanges' segments, in order of owner and time.

    ``numbers`` are the exchanges in order, with one value each of start, end, whether it failed and, if there are any, the
    server's stamps; ``events`` are time, exchange and kind in order of exchange and time.
    """
    at, place, kind = _of_numbers(numbers, events, stamps)
    odd = _outside(started_ns, ended_ns, at, place, kind, stamps)
    rows = _Rows.of(started_ns, ended_ns, at, place, kind, stamps)
    found: list[SegmentColumns] = []
    for members in rows.kinds(failed):
        members = members[~odd[members]]
        if not len(members):
            continue
        parts = rows.model(int(members[0]), known, answered=not failed[members[0]])
        if parts:
            phase = np.array([_PLACE[part[0]] for part in parts], dtype=np.int64)
            start = rows.instants(members, started_ns, [part[1] for part in parts])
            end = rows.instants(members, started_ns, [part[2] for part in parts])
            found.append((np.repeat(numbers[members], len(parts)), np.tile(phase, len(members)), start, end))
    for member in np.flatnonzero(odd).tolist():
        low, high = np.searchsorted(place, [member, member + 1])
        happened = list(zip(at[low:high].tolist(), kind[low:high].tolist(), strict=True))
        server = ServerStamps(*(int(column[member]) for column in stamps)) if stamps else None
        begin, until = int(started_ns[member]), int(ended_ns[member])
        parts = cut(begin, until, happened, server, known, answered=not failed[member])
        found.append(_columns(int(numbers[member]), parts))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, none
    owner, phase, start, end = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.argsort(owner, kind="stable")
    return owner[order], phase[order], start[order], end[order]


def _columns(number: int, parts: list[Segment]) -> SegmentColumns:
    rows = np.array([(number, _PLACE[phase], start, end) for phase, start, end in parts], dtype=np.int64)
    owner, phase, start, end = rows.reshape(-1, 4).T
    return owner, phase, start, end


def _of_numbers(
    numbers: Integers, events: tuple[Integers, Integers, Integers], stamps: StampColumns | None
) -> tuple[Integers, Integers, Integers]:
    """The events of these exchanges that may change anything: time, place in ``numbers``, kind."""
    at, exchange, kind = events
    place = np.minimum(np.searchsorted(numbers, exchange), max(0, len(numbers) - 1))
    mine = numbers[place] == exchange if len(numbers) else np.zeros(len(at), dtype=np.bool_)
    at, place, kind = at[mine], place[mine], kind[mine]
    early = np.zeros(len(at), dtype=np.bool_)
    if stamps is not None:
        early = (stamps[1][place] > 0) & (at < stamps[1][place])
    # Of reads that follow each other the first may begin a phase, the others never do; of those before the response is
    # written the last one counts.
    again = (kind[1:] == Event.READ) & (kind[:-1] == Event.READ) & (place[1:] == place[:-1])
    again &= early[1:] == early[:-1]
    kept = np.ones(len(at), dtype=np.bool_)
    kept[1:] &= ~(again & ~early[1:])
    kept[:-1] &= ~(again & early[1:])
    return at[kept], place[kept], kind[kept]


def _outside(
    started_ns: Integers,
    ended_ns: Integers,
    at: Integers,
    place: Integers,
    kind: Integers,
    stamps: StampColumns | None,
) -> npt.NDArray[np.bool_]:
    """Exchanges with an event outside of their time that is held against the server's stamps: each is cut by itself."""
    odd = np.zeros(len(started_ns), dtype=np.bool_)
    if stamps is not None:
        compared = (kind == Event.READ) | (kind == Mark.HEADERS)
        outside = compared & ((at < started_ns[place]) | (at > ended_ns[place]))
        odd[place[outside]] = True
        odd &= stamps[1] > 0
    return odd


@dataclass(frozen=True, slots=True)
class _Rows:
    """What happened to each exchange, its end and stamps included, in order of place and time.

    ``rank`` is how many different instants lie before a row's in its exchange, the start being the first. ``first`` and
    ``count`` are by place.
    """

    at: Integers
    kind: Integers
    rank: Integers
    place: Integers
    first: Integers
    count: Integers

    @classmethod
    def of(
        cls,
        started_ns: Integers,
        ended_ns: Integers,
        at: Integers,
        place: Integers,
        kind: Integers,
        stamps: StampColumns | None,
    ) -> "_Rows":
        """Events are clamped into the exchange's time; a stamp after its end stays after it."""
        every = np.arange(len(started_ns), dtype=np.int64)
        parts = [(np.clip(at, started_ns[place], ended_ns[place]), place, kind), _row(ended_ns, every, _END)]
        if stamps is not None:
            some = np.flatnonzero(stamps[1] > 0)
            for column, name in zip(stamps, _STAMPS, strict=True):
                parts.append(_row(np.clip(column[some], started_ns[some], ended_ns[some] + 1), some, name))
        at, place, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        span = int((ended_ns - started_ns).max(initial=0)) + 2
        order = np.argsort(place * span + (at - started_ns[place]), kind="stable")
        at, place, kind = at[order], place[order], kind[order]
        first = np.searchsorted(place, every)
        before = np.empty(len(at), dtype=np.int64)
        before[1:] = at[:-1]
        before[first] = started_ns
        new = at > before
        later = np.cumsum(new)
        rank: Integers = later - (later[first] - new[first])[place]
        return cls(at, kind, rank, place, first, np.diff(np.append(first, len(place))))

    def model(self, place: int, known: KnownMarks, *, answered: bool) -> list[Segment]:
        """The exchange's phases by ranks."""
        rows = slice(int(self.first[place]), int(self.first[place] + self.count[place]))
        happened = list(zip(self.rank[rows].tolist(), self.kind[rows].tolist(), strict=True))
        ranks = {kind: rank for rank, kind in happened if kind >= _END}
        server = ServerStamps(*(ranks[name] for name in _STAMPS)) if _STAMPS[0] in ranks else None
        events = [row for row in happened if row[1] < _END]
        return cut(0, ranks[_END], events, server, known, answered=answered)

    def instants(self, members: Integers, started_ns: Integers, ranks: list[int]) -> Integers:
        """When those ranks were in each of the exchanges, to which the same happened: one exchange after the other."""
        rows = slice(int(self.first[members[0]]), int(self.first[members[0]] + self.count[members[0]]))
        offset_of = {rank: offset for offset, rank in enumerate(self.rank[rows].tolist())}
        found = np.empty((len(members), len(ranks)), dtype=np.int64)
        for column, rank in enumerate(ranks):
            found[:, column] = self.at[self.first[members] + offset_of[rank]] if rank else started_ns[members]
        return found.ravel()

    def kinds(self, failed: npt.NDArray[np.bool_]) -> Iterator[Integers]:
        """Places of exchanges to which the same happened, group by group."""
        if not len(self.count):
            return
        # A sum of random numbers, one for each position and what happened there, tells sequences apart but for bad luck, ...
        generator = np.random.default_rng(_SEED)
        position = np.arange(len(self.kind)) - self.first[self.place]
        longest = int(self.count.max())
        at_kind, at_rank = (generator.integers(1, 1 << 62, longest + 1, dtype=np.int64) for _ in range(2))
        with np.errstate(over="ignore"):
            mixed = (self.kind + 1) * at_kind[position] + (self.rank + 1) * at_rank[position]
            sums = np.concatenate([[0], np.cumsum(mixed)])
            key = sums[self.first + self.count] - sums[self.first]
            key += failed * int(at_kind[-1]) + self.count
        order = np.argsort(key, kind="stable")
        edges = np.flatnonzero(np.concatenate([[True], key[order][1:] != key[order][:-1], [True]]))
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            members = order[low:high]
            while len(members):
                # ... so each is compared with its group's first.
                same = self._same(failed, members)
                yield members[same]
                members = members[~same]

    def _same(self, failed: npt.NDArray[np.bool_], members: Integers) -> npt.NDArray[np.bool_]:
        model = members[0]
        same = (self.count[members] == self.count[model]) & (failed[members] == failed[model])
        for offset in range(int(self.count[model])):
            row = np.minimum(self.first[members] + offset, len(self.kind) - 1)
            of_model = self.first[model] + offset
            same &= (self.kind[row] == self.kind[of_model]) & (self.rank[row] == self.rank[of_model])
        found: npt.NDArray[np.bool_] = same
        return found


def _row(at: Integers, place: Integers, kind: int) -> tuple[Integers, Integers, Integers]:
    return at, place, np.full(len(at), kind, dtype=np.int64)
