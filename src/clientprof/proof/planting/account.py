"""Rounds of a planted run, grouped, each group read by the ordinary analysis: what was planted beside what was reported."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.layer_costs import layer_costs
from clientprof.attribution.sampled_time import sampled_time
from clientprof.model.layers import Layer
from clientprof.model.recording import RoundKind, Run
from clientprof.proof.planting.orders import column

Floats = npt.NDArray[np.float64]
LAYERS = tuple(Layer)


@dataclass(frozen=True, slots=True)
class Account:
    """Groups of rounds as rows, microseconds per request.

    ``spent_us`` and ``side_us`` have a column per plant, ``reported_us`` one per layer in the order of ``Layer``.
    """

    spent_us: Floats
    side_us: Floats
    calls: Floats
    reported_us: Floats
    requests: int


def account_of(run: Run, plants: int, groups_per_dose: int) -> Account:
    """The account of all measured rounds; rounds of the same doses are dealt to ``groups_per_dose`` groups in turn."""
    measured = np.flatnonzero(np.asarray(run.column("round.kind")) == RoundKind.MEASURED)
    values = {
        name: np.array([run.column(column(n, name)) for n in range(plants)], dtype=np.float64).reshape(plants, -1)
        for name in ("nominal_ns", "spent_ns", "side_ns", "calls")
    }
    counts = np.asarray(run.column("round.count"), dtype=np.float64)[measured]
    spent, side, calls, reported = [], [], [], []
    for chosen in _groups(values["nominal_ns"], groups_per_dose):
        part = only_rounds(run, measured[chosen])
        time = sampled_time(part)
        if time is None:
            continue
        requests = counts[chosen].sum()
        spent.append(values["spent_ns"][:, chosen].sum(axis=1) / requests / 1e3)
        side.append(values["side_ns"][:, chosen].sum(axis=1) / requests / 1e3)
        calls.append(values["calls"][:, chosen].sum(axis=1) / requests)
        rows = {row.layer: row.cpu_us_per_request.value for row in layer_costs(time)}
        reported.append([rows.get(layer, 0.0) for layer in LAYERS])
    return Account(
        spent_us=np.array(spent),
        side_us=np.array(side),
        calls=np.array(calls),
        reported_us=np.array(reported),
        requests=int(counts.sum()),
    )


def _groups(nominal_ns: Floats, groups_per_dose: int) -> list[npt.NDArray[np.intp]]:
    if not len(nominal_ns):
        return []
    doses, which = np.unique(nominal_ns, axis=1, return_inverse=True)
    groups = []
    for number in range(doses.shape[1]):
        rounds = np.flatnonzero(which.ravel() == number)
        count = max(1, min(groups_per_dose, len(rounds)))
        groups += [rounds[first::count] for first in range(count)]
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
