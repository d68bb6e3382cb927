"""What making clients, contexts and connections costs in TLS, from the rows that the ledger lens has of it."""

import numpy as np
import numpy.typing as npt

from clientprof.model.costs.tls_costs import TlsCosts, TlsPart, TlsWork
from clientprof.model.estimate import Estimate
from clientprof.model.run import RoundKind, Run
from clientprof.stats.growth_fits import CostAt, log_log_slope
from clientprof.stats.intervals import mean_estimate

Integers = npt.NDArray[np.int64]
_RESUMED = 2
FEWEST_GROWN = 30
"""Connections for a slope: of fewer, the first few decide."""
_GROUPS = 10


def tls_costs(run: Run) -> TlsCosts | None:
    """All parts after the warm-up of one run; None where nothing was recorded, or nothing of TLS was done."""
    names = ("at_ns", "cpu_ns", "exchange", "kind", "done", "round")
    columns: dict[str, Integers] = {name: np.asarray(run.column(f"tls.{name}"), dtype=np.int64) for name in names}
    later = columns["round"] > 0
    columns = {name: values[later] for name, values in columns.items()}
    kind, cpu, done = columns["kind"], columns["cpu_ns"], columns["done"]
    shaken = kind == TlsWork.HANDSHAKE
    if not shaken.any() and not (kind == TlsWork.CONTEXT).any():
        return None
    parts = []
    for work in TlsWork:
        rows = kind == work
        finished = rows & (done > 0) if work is TlsWork.HANDSHAKE else rows
        if not finished.any():
            continue
        values = _per_handshake(columns, rows) if work is TlsWork.HANDSHAKE else cpu[rows] / 1e3
        if not len(values):
            continue
        parts.append(TlsPart(work, int(finished.sum()), mean_estimate(values.tolist(), "us")))
    kinds, counts = (np.asarray(run.column(f"round.{name}"), dtype=np.int64) for name in ("kind", "count"))
    return TlsCosts(
        requests=int(counts[kinds != RoundKind.WARMUP].sum()),
        parts=tuple(parts),
        handshakes=int((shaken & (done > 0)).sum()),
        resumed=int((shaken & (done == _RESUMED)).sum()),
        growth=_growth(columns),
    )


def _per_handshake(columns: dict[str, Integers], rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Microseconds of each finished handshake, all its steps together; steps of no known exchange are shared evenly."""
    cpu, exchange, done = columns["cpu_ns"][rows], columns["exchange"][rows], columns["done"][rows]
    owners, place = np.unique(exchange, return_inverse=True)
    total = np.bincount(place, weights=cpu, minlength=len(owners))
    finished = np.bincount(place, weights=done > 0, minlength=len(owners))
    kept = finished > 0
    return np.repeat(total[kept] / finished[kept], finished[kept].astype(np.int64)) / 1e3


def _growth(columns: dict[str, Integers]) -> Estimate | None:
    """The slope over groups of connections in the order in which they were made."""
    kind, exchange = columns["kind"], columns["exchange"]
    chosen = np.isin(kind, (TlsWork.STORE, TlsWork.WRAP, TlsWork.HANDSHAKE)) & (exchange >= 0)
    owners, first, place = np.unique(exchange[chosen], return_index=True, return_inverse=True)
    if len(owners) < FEWEST_GROWN:
        return None
    cost = np.bincount(place, weights=columns["cpu_ns"][chosen], minlength=len(owners))
    cost = cost[np.argsort(columns["at_ns"][chosen][first], kind="stable")]
    points = []
    number = 0
    for group in np.array_split(cost, _GROUPS):
        mean = float(group.mean())
        error = float(group.std(ddof=1) / np.sqrt(len(group)) / mean) if mean > 0 else None
        points.append(CostAt(number + (len(group) + 1) // 2, mean, error or None))
        number += len(group)
    return log_log_slope(points)
