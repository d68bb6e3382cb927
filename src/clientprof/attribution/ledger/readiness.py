"""When each step of the loop became ready to run: what the loop stamped, corrected by when data was there to be read."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.exchange_events import blocked_selects, by_exchange
from clientprof.model.run import Run

Integers = npt.NDArray[np.int64]


def ready_since(run: Run, wakes: Mapping[int, int]) -> Integers:
    """``step.enqueued_ns``, for the reads of a response from when it was there on; shape of the step columns.

    ``wakes`` are the instants by exchange, of the response's first read. Later parts of the same response leave no
    trace of when they came, except that they were not there when the loop blocked; without such a proof they count as
    come with the first, which is how bodies come that are read in several parts.
    """
    enqueued = _integers(run, "step.enqueued_ns").copy()
    started = _integers(run, "step.started_ns")
    read_at, exchange = _integers(run, "read.at_ns"), _integers(run, "read.exchange")
    if not len(read_at) or not wakes:
        return enqueued
    here = by_exchange(wakes, max(int(exchange.max()), *wakes) + 1)
    wake = np.where(exchange >= 0, here[exchange], 0)
    step = _steps_of_reads(run, started, read_at, exchange)
    known = (wake > 0) & (wake <= read_at) & (step >= 0)
    read_at, exchange, wake, step = read_at[known], exchange[known], wake[known], step[known]
    order = np.lexsort((read_at, exchange))
    later = order[1:][exchange[order][1:] == exchange[order][:-1]]
    blocked_until = blocked_selects(run)
    if len(blocked_until):
        number = np.searchsorted(blocked_until, read_at[later], side="right")
        proof = np.where(number > 0, blocked_until[np.maximum(number - 1, 0)], 0)
        wake[later] = np.maximum(wake[later], proof)
    enqueued[step] = np.minimum(enqueued[step], wake)
    return enqueued


def _steps_of_reads(run: Run, started: Integers, read_at: Integers, exchange: Integers) -> Integers:
    """The step of each read, -1 where there is none: it began at the same instant and belongs to the same exchange.

    On a coarse clock several steps may begin at once; the last of them is the one that took time.
    """
    owner = _integers(run, "step.owner")
    step = np.searchsorted(started, read_at, side="right") - 1
    while True:
        other = (step >= 0) & (started[step] == read_at) & (owner[step] != exchange)
        if not other.any():
            break
        step[other] -= 1
    return np.where((step >= 0) & (started[step] == read_at), step, -1)


def _integers(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)
