"""Rounds of a planted run, grouped, each group read by the ordinary analysis: what was planted beside what was reported."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run
from clientprof.proof.planting.orders import column

Floats = npt.NDArray[np.float64]
LAYERS = tuple(Layer)


@dataclass(frozen=True, slots=True)
class Account:
    """Groups of rounds as rows, microseconds per request.

    ``spent_us`` and ``side_us`` have a column per plant, ``reported_us`` one per layer in the order of ``Layer``. Groups of
    one ``chunk`` were measured in the same stretch of time, each at another dose.
    """

    spent_us: Floats
    side_us: Floats
    calls: Floats
    reported_us: Floats
    chunk: npt.NDArray[np.int64]
    requests: int


def pooled(accounts: Sequence[Account]) -> Account:
    """The groups of several runs with the same plants; no chunk spans two runs."""
    columns = {
        field.name: np.concatenate([getattr(account, field.name) for account in accounts])
        for field in fields(Account)
        if field.name not in ("chunk", "requests")
    }
    chunks, first = [], 0
    for account in accounts:
        chunks.append(account.chunk + first)
        first += int(account.chunk.max(initial=-1)) + 1
    return Account(**columns, chunk=np.concatenate(chunks), requests=sum(account.requests for account in accounts))


def account_of(run: Run, plants: int, chunks: int) -> Account:
    """The account of all warm rounds, cut into ``chunks`` stretches of time; a group is a stretch's rounds of a dose."""
    measured = np.flatnonzero(np.asarray(run.column("round.kind")) == RoundKind.MEASURED)
    values = {
        name: np.array([run.column(column(n, name)) for n in range(plants)], dtype=np.float64).reshape(plants, -1)
        for name in ("nominal_ns", "spent_ns", "side_ns", "calls")
    }
    counts = np.asarray(run.column("round.count"), dtype=np.float64)[measured]
    spent, side, calls, reported, chunk = [], [], [], [], []
    for number, chosen in _groups(values["nominal_ns"], chunks):
        part = only_rounds(run, measured[chosen])
        time = sampled_time(part)
        if time is None:
            continue
        requests = counts[chosen].sum()
        spent.append(values["spent_ns"][:, chosen].sum(axis=1) / requests / 1e3)
        side.append(values["side_ns"][:, chosen].sum(axis=1) / requests / 1e3)
        calls.append(values["calls"][:, chosen].sum(axis=1) / requests)
        rows = {row.layer: row.cpu_us_per_request.value for row in layer_costs(time)}
        chunk.append(number)
        reported.append([rows.get(layer, 0.0) for layer in LAYERS])
    return Account(
        spent_us=np.array(spent),
        side_us=np.array(side),
        calls=np.array(calls),
        reported_us=np.array(reported),
        chunk=np.array(chunk, dtype=np.int64),
        requests=int(counts.sum()),
    )


def _groups(nominal_ns: Floats, chunks: int) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """Chunk and rounds of each group. Chunks end where a deck does, so that each has every dose equally often."""
    if not len(nominal_ns):
        return []
    doses, which = np.unique(nominal_ns, axis=1, return_inverse=True)
    deck = doses.shape[1]
    decks = nominal_ns.shape[1] // deck
    count = max(1, min(chunks, decks))
    groups = []
    for chunk, numbers in enumerate(np.array_split(np.arange(decks * deck).reshape(decks, deck), count)):
        rounds = numbers.ravel()
        for dose in range(deck):
            chosen = rounds[which.ravel()[rounds] == dose]
            if len(chosen):
                groups.append((chunk, chosen))
    return groups


def only_rounds(run: Run, rounds: "npt.NDArray[np.intp] | Sequence[int]", *, keep_samples: bool = False) -> Run:
    """The run as if only these rounds had been: their rows of the round columns, and the samples taken in them.

    ``keep_samples`` keeps those of the other rounds too: the ledger reads them by their instants.
    """
    started = np.asarray(run.column("round.started_ns"), dtype=np.int64)
    of = np.searchsorted(started, np.asarray(run.column("sample.at_ns"), dtype=np.int64), side="right") - 1
    samples = np.isin(of, rounds)
    columns = dict(run.columns)
    for name, values in run.columns.items():
        if name.startswith("round."):
            columns[name] = array("q", np.asarray(values)[np.asarray(rounds)].tolist())
        elif name.startswith("sample.") and not keep_samples:
            columns[name] = array("q", np.asarray(values)[samples].tolist())
    return Run(run.facts, columns)
