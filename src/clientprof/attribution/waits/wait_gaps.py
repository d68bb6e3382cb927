"""The gaps in which watched exchanges wait, and what ended each: which chain of awaits, and whether it was data."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.states import States
from clientprof.model.run import Run, StepOwner

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Waits between two steps of watched exchanges, arrays of one shape, in order of exchange and time.

    ``chain`` is -1 where no task ran afterwards; ``by_data`` says whether what ended the wait was a socket with data.
    """

    exchange: Integers
    start: Integers
    end: Integers
    chain: Integers
    by_data: Booleans

    @classmethod
    def of(cls, run: Run, states: States, watched: Integers, begin: Integers, end: Integers) -> "Gaps":
        """Those of the exchanges ``watched``, in ascending order, inside their times from ``begin`` to ``end``."""
        who, since, until = states.waits
        mine = np.isin(who, watched)
        who, since, until = who[mine], since[mine], until[mine]
        place = np.searchsorted(watched, who)
        since, until = np.maximum(since, begin[place]), np.minimum(until, end[place])
        real = until > since
        who, since, until = who[real], since[real], until[real]
        return cls(who, since, until, _chains_after(run, who, until), _ended_by_data(run, who, until))


class _Instants:
    """Instants of many exchanges, to find the first one of an exchange from a given instant on."""

    def __init__(self, exchange: Integers, at: Integers) -> None:
        self.order = np.lexsort((at, exchange))
        self.exchange, self.at = exchange[self.order], at[self.order]
        self._origin = int(at.min()) if len(at) else 0
        self._span = (int(at.max()) if len(at) else 0) - self._origin + 2
        self._key = self._keys(self.exchange, self.at)

    def _keys(self, exchange: Integers, at: Integers) -> Integers:
        return exchange * self._span + np.clip(at - self._origin, 0, self._span - 1)

    def first_from(self, exchange: Integers, at: Integers) -> Integers:
        """The rows, as they were given, -1 where there is none; shape of ``at``."""
        number = np.searchsorted(self._key, self._keys(exchange, at))
        inside = np.minimum(number, len(self._key) - 1)
        found = (number < len(self._key)) & (self.exchange[inside] == exchange)
        return np.where(found, self.order[inside], -1)


def _chains_after(run: Run, exchange: Integers, at: Integers) -> Integers:
    """What the first task of the exchange that runs at an instant or later had awaited, -1 where none does."""
    row = _Instants(integers(run, "await.exchange"), integers(run, "await.at_ns")).first_from(exchange, at)
    return np.where(row >= 0, integers(run, "await.chain")[row], -1)


def _ended_by_data(run: Run, exchange: Integers, at: Integers) -> Booleans:
    """Whether the first step of the exchange from an instant on reads from a socket; a read begins with its step."""
    started, owner = integers(run, "step.started_ns"), integers(run, "step.owner")
    read_at, reader = integers(run, "read.at_ns"), integers(run, "read.exchange")
    if not len(read_at):
        return np.zeros(len(at), dtype=np.bool_)
    mine = owner > StepOwner.NOBODY
    started, owner = started[mine], owner[mine]
    step = _Instants(owner, started).first_from(exchange, at)
    read = _Instants(reader, read_at).first_from(exchange, at)
    ended: Booleans = (step >= 0) & (read >= 0) & (started[step] == read_at[read])
    return ended


def integers(run: Run, name: str) -> Integers:
    """A column of the run."""
    return np.asarray(run.column(name), dtype=np.int64)
