"""Timeouts, and what the clock ran out on: the server, the loop, the pool, or the handshake (DESIGN.md 3.8).

(a) the server had not answered; (b) the answer was here and the loop was busy; (c) the pool had no connection free; (d)
the handshake ran. (b) and (c) are the program's own doing. An answer that was here is known from what came later: a read
for the exchange after the clock ran out, or the connection's next select; where the loop was held for the whole of the
timeout's last stretch, nobody could have read it.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from clientprof.attribution.programs.call_sites import CallSites
from clientprof.attribution.programs.lane import Integers, Lane, pairs
from clientprof.model.phases import Mark
from clientprof.model.programs.results import TimeoutVerdict

_NAMES = ("Timeout", "TimedOut", "TimeoutError")
# The loop held for more than this share of the exchange's last second is told as the cause.
_HELD = 0.5
_LAST_NS = 1_000_000_000

_EVIDENCE = {
    "pool": "no connection was handed out before the clock ran out: all were in use",
    "handshake": "the connection was being made: name look-up, TCP or TLS had begun and not ended",
    "server": "the request was out, nothing had come back, and the loop had time to look",
    "loop": "the loop was held by other code while the clock ran out, so nobody could read the answer",
    "unknown": "nothing says how far the request had come: the installed client gives no marks, or does its work outside "
    "Python, or the end was in no window of detail",
}


def is_timeout(error_type: str) -> bool:
    """Whether an error's name says that a clock ran out."""
    return any(name in error_type for name in _NAMES)


def timeout_verdicts(lanes: Sequence[Lane], sites: CallSites) -> tuple[TimeoutVerdict, ...]:
    """One row for each type, call site and verdict, the most frequent first."""
    counts: Counter[tuple[str, int, str]] = Counter()
    for lane, group in zip(lanes, sites.group_of, strict=True):
        error = lane.of_exchanges("error", 0)
        types = lane.run.facts.error_types
        numbers = [
            number
            for number in np.flatnonzero(error > 0).tolist()
            if error[number] <= len(types) and is_timeout(types[error[number] - 1])
        ]
        if not numbers:
            continue
        progress = _Progress(lane)
        for number in numbers:
            place = sites.groups[int(group[number])][0]
            counts[types[error[number] - 1], place, progress.verdict(number, types[error[number] - 1])] += 1
    return tuple(
        TimeoutVerdict(
            type=error_type,
            file=sites.site(place).file,
            line=sites.site(place).line,
            count=count,
            verdict=verdict,
            evidence=_EVIDENCE[verdict],
            own=verdict in ("pool", "loop"),
        )
        for (error_type, place, verdict), count in counts.most_common()
    )


class _Progress:
    """How far each exchange of a lane had come, by its marks, writes and reads."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._last: dict[tuple[int, int], int] = {}
        for exchange, kind, at in pairs(*(lane.integers(f"mark.{name}") for name in ("exchange", "kind", "at_ns"))):
            self._last[exchange, kind] = at
        self._handshakes: dict[int, bool] = {}
        for exchange, done in pairs(lane.integers("handshake.exchange"), lane.integers("handshake.done")):
            self._handshakes[exchange] = done in (1, 2)
        self._written = set(lane.integers("write.exchange").tolist())

    def verdict(self, number: int, error_type: str) -> str:
        """What the exchange's clock ran out on."""
        if "Pool" in error_type or (self._at(number, Mark.POOL_ENQUEUE) and not self._began(number)):
            return "pool"
        if not self._lane.inside_windows(self._lane.ended[number : number + 1])[0]:
            return "handshake" if "Connect" in error_type else "unknown"
        if self._loop_was_held(number):
            return "loop"
        if self._connecting(number) or "Connect" in error_type:
            return "handshake"
        if self._began(number) and not self._lane.opaque[number]:
            return "server"
        return "unknown"

    def _at(self, number: int, kind: Mark) -> int:
        return self._last.get((number, kind), 0)

    def _began(self, number: int) -> bool:
        """Whether it had got beyond the pool's queue."""
        kinds = (Mark.POOL_ACQUIRED, Mark.DNS_START, Mark.TCP_START, Mark.TLS_START)
        return any(self._at(number, kind) for kind in kinds) or number in self._written or number in self._handshakes

    def _connecting(self, number: int) -> bool:
        begun = ((Mark.DNS_START, Mark.DNS_END), (Mark.TCP_START, Mark.TCP_END), (Mark.TLS_START, Mark.TLS_END))
        # The end of a try that was cancelled is stamped too: at the end of the exchange it proves nothing.
        last = int(self._lane.ended[number]) - _LAST_NS // 1000
        for start, end in begun:
            since, until = self._at(number, start), self._at(number, end)
            if since and (until < since or until > last):
                return True
        return self._handshakes.get(number) is False

    def _loop_was_held(self, number: int) -> bool:
        """Whether steps of others held the loop for most of the last stretch before the clock ran out."""
        steps = self._lane.steps
        if steps is None or self._lane.blocking[number]:
            return False
        ended = int(self._lane.ended[number])
        began = max(int(self._lane.started[number]), ended - _LAST_NS)
        held = _longest_held(steps.started, steps.select_start, steps.select_end, began, ended)
        return ended > began and held / (ended - began) > _HELD


def _longest_held(started: Integers, select_start: Integers, select_end: Integers, begin: int, end: int) -> int:
    """The longest stretch of [begin, end] in which the loop never asked for data: between two selects, nanoseconds."""
    inside = (select_end > begin) & (select_start < end)
    edges_from = np.concatenate([[begin], select_end[inside]])
    edges_to = np.concatenate([select_start[inside], [end]])
    return int(max(0, (np.minimum(edges_to, end) - np.maximum(edges_from, begin)).max()))
