"""Answers of servers that say no: statuses 429 and 500 or more, by call site. A client raises nothing for them.

A program that asks again after such an answer makes more requests than it has work for, and waits in between, where no
request is under way; so neither its requests nor its event loop look slow.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.call_sites import CallSites
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.recording import CallSite, Peer, ProgramFacts

TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class ErrorAnswers:
    """Error answers of one call site and peer: how many by status, of how many ``answers``, and their mean wall time.
    ``peers`` are several where the site asks many a few times each; then ``peer`` is None.

    ``answers`` are exact, those that were dropped unread included. Where only windows of time were seen in detail, statuses
    are shared out as they are in those.
    """

    site: CallSite
    peer: Peer | None
    answers: float
    by_status: Mapping[int, float]
    wall_us: float
    peers: int = 1

    @property
    def errors(self) -> float:
        return sum(self.by_status.values())

    @property
    def share(self) -> float:
        return self.errors / self.answers if self.answers else 0.0


def error_answers(facts: ProgramFacts, lanes: Sequence[Lane], sites: CallSites) -> tuple[ErrorAnswers, ...]:
    """One row a call site and peer with such answers, the most first."""
    answers: dict[tuple[int, int], float] = defaultdict(float)
    statuses: dict[tuple[int, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    wall_ns: dict[tuple[int, int], float] = defaultdict(float)
    exact: dict[tuple[int, int], int] = defaultdict(int)
    asked: dict[tuple[int, int], set[int]] = defaultdict(set)
    for lane in lanes:
        ended = (lane.integers(f"slice.{name}").tolist() for name in ("site", "peer", "ended", "failed"))
        for at_site, of_peer, all_of_them, failed in zip(*ended, strict=True):
            exact[at_site, sites.peer_or_several(at_site, of_peer)] += all_of_them - failed
        # Whoever repeats a request may drop the answer to it unread: it has not ended, and is one all the same.
        dropped = np.flatnonzero(lane.of_exchanges("dropped_ns", 0) > 0)
        for key in zip(*(lane.of_exchanges(name)[dropped].tolist() for name in ("site", "peer")), strict=True):
            exact[key[0], sites.peer_or_several(*key)] += 1
        numbers = np.union1d(lane.detailed, dropped)
        status = lane.of_exchanges("status", 0)[numbers]
        numbers, status = numbers[status > 0], status[status > 0]
        if not len(numbers):
            continue
        many = WindowWeights(facts, lane).of_exchanges.at(lane.started[numbers])
        until = np.where(lane.ended > 0, lane.ended, lane.of_exchanges("returned_ns", 0))
        wall = np.maximum(0, until - lane.started)[numbers] * many
        site, peer = (lane.of_exchanges(name)[numbers] for name in ("site", "peer"))
        says_no = (status == TOO_MANY) | (status >= 500)
        for key in sorted(set(zip(site.tolist(), peer.tolist(), strict=True))):
            mine, row = (site == key[0]) & (peer == key[1]), (key[0], sites.peer_or_several(*key))
            answers[row] += float(many[mine].sum())
            _add(statuses[row], status, many, mine & says_no)
            wall_ns[row] += float(wall[mine & says_no].sum())
            asked[row].add(key[1])
    rows = [
        ErrorAnswers(
            sites.site(key[0]),
            facts.peers[key[1]] if 0 <= key[1] < len(facts.peers) else None,
            exact[key] or count,
            {each: many * (exact[key] or count) / count for each, many in statuses[key].items()},
            wall_ns[key] / sum(statuses[key].values()) / 1e3,
            len(asked[key]),
        )
        for key, count in answers.items()
        if statuses[key]
    ]
    return tuple(sorted(rows, key=lambda row: -row.errors))


def _add(
    found: dict[int, float],
    status: npt.NDArray[np.int64],
    many: npt.NDArray[np.float64],
    mine: npt.NDArray[np.bool_],
) -> None:
    for each in set(status[mine].tolist()):
        found[each] += float(many[mine & (status == each)].sum())
