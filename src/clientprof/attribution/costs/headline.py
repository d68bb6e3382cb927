"""The control lens: wall, CPU per request, latency, errors; the cold round; the observer effect of the other lenses."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clientprof.model.estimate import Estimate
from clientprof.model.results import ColdRound, Control, Latency
from clientprof.model.run import UNFINISHED, HandshakeStep, RoundKind, Run, UnfinishedRound
from clientprof.stats.intervals import mean_estimate

Mask = npt.NDArray[np.bool_]
# Of the CPU of threads that make requests: two clocks, read one after the other, differ by less.
_NOTICEABLE = 0.02


def rounds_of(run: Run, kind: RoundKind) -> Mask:
    """Which rows of the ``round.*`` columns are of a kind."""
    mask: Mask = np.asarray(run.column("round.kind"), dtype=np.int64) == int(kind)
    return mask


def cpu_us_per_request(run: Run, kind: RoundKind = RoundKind.MEASURED) -> float | None:
    """Process CPU per request over the rounds of a kind; None where there are none."""
    mask = rounds_of(run, kind)
    if not mask.any():
        return None
    cpu = np.asarray(run.column("round.cpu_ns"))[mask].sum()
    return float(cpu) / float(np.asarray(run.column("round.count"))[mask].sum()) / 1e3


def thread_cpu_us_per_request(runs: Sequence[Run]) -> float | None:
    """CPU per request of the threads that make requests, mean over runs; other threads of the process are left out."""
    found: list[float] = []
    for run in runs:
        mask = rounds_of(run, RoundKind.MEASURED)
        if mask.any():
            found.append(
                _column(run, "round.thread_cpu_ns")[mask].sum() / _column(run, "round.count")[mask].sum() / 1e3
            )
    return float(np.mean(found)) if found else None


def other_threads_us(runs: Sequence[Run]) -> float:
    """CPU per request of the processes less that of the threads that make requests; 0 where it is too little to tell."""
    whole = [each for run in runs if (each := cpu_us_per_request(run)) is not None]
    theirs = thread_cpu_us_per_request(runs)
    if not whole or not theirs:
        return 0.0
    others = float(np.mean(whole)) - theirs
    return others if others > _NOTICEABLE * theirs else 0.0


def wall_s(run: Run, kind: RoundKind = RoundKind.MEASURED) -> float | None:
    """Mean wall time of a round of a kind, seconds."""
    mask = rounds_of(run, kind)
    if not mask.any():
        return None
    return float((_column(run, "round.ended_ns") - _column(run, "round.started_ns"))[mask].mean()) / 1e9


def control_of(runs: Sequence[Run]) -> Control | None:
    """The headline over all control runs of one client; each run is one observation."""
    measured = [run for run in runs if rounds_of(run, RoundKind.MEASURED).any()]
    if not measured:
        return None
    latencies: list[npt.NDArray[np.float64]] = []
    ok = rounds = 0
    for run in measured:
        inside = exchanges_of(run, RoundKind.MEASURED)
        error = _column(run, "exchange.error")[inside]
        latency = (_column(run, "exchange.ended_ns") - _column(run, "exchange.started_ns"))[inside] / 1e6
        latencies.append(latency[error == 0])
        ok += int((error == 0).sum())
        rounds += int(rounds_of(run, RoundKind.MEASURED).sum())
    return Control(
        wall_s=mean_estimate([w for run in measured if (w := wall_s(run)) is not None], "s"),
        cpu_us_per_request=mean_estimate([c for run in measured if (c := cpu_us_per_request(run)) is not None], "us"),
        latency_ms=_latency(np.concatenate(latencies)),
        ok=ok,
        errors=_errors(*measured, kind=RoundKind.MEASURED),
        rounds=rounds,
        requests_per_round=measured[0].facts.requests_per_round,
    )


def _latency(milliseconds: npt.NDArray[np.float64]) -> Latency:
    """Percentiles of the successful requests' latencies."""
    if not len(milliseconds):
        return Latency(None, None, None, None)
    return Latency(*(float(value) for value in np.percentile(milliseconds, [50, 90, 99, 100])))


def cold_of(control: Sequence[Run], ledger: Run | None) -> ColdRound | None:
    """The cold round: times from the control runs, connections and handshakes from the ledger run and the origin.

    A trace that saves time leaves it out under the ledger (``in_time.py``): then the origin's counts of the control run are
    all there is.
    """
    walls = [w for run in control if (w := wall_s(run, RoundKind.COLD)) is not None]
    cpus = [c for run in control if (c := cpu_us_per_request(run, RoundKind.COLD)) is not None]
    if not walls or not cpus or ledger is None:
        return None
    mask = rounds_of(ledger, RoundKind.COLD)
    truths = [ledger] if mask.any() else control
    truth = next((run.facts.origin_cold for run in truths if run.facts.origin_cold is not None), None)
    by_origin = ColdRound(
        wall_s=mean_estimate(walls, "s"),
        cpu_us_per_request=mean_estimate(cpus, "us"),
        connects=None,
        connects_by_origin=None if truth is None else truth.accepts,
        handshakes=None,
        handshakes_by_origin=None if truth is None else truth.handshakes,
        resumed_by_origin=None if truth is None else truth.resumed,
        handshake_wall_us=None,
        handshake_cpu_us=None,
        most_connections_by_origin=None if truth is None else truth.max_connections,
        connections_needed=0.0 if truth is None else truth.connections_needed,
        errors=_errors(*control, kind=RoundKind.COLD),
    )
    if not mask.any():
        return None if truth is None else by_origin
    begin, end = int(_column(ledger, "round.started_ns")[mask][0]), int(_column(ledger, "round.ended_ns")[mask][0])
    opened = _column(ledger, "connection.opened_ns")
    started = _column(ledger, "handshake.started_ns")
    inside = (started >= begin) & (started <= end)
    done = _column(ledger, "handshake.done")[inside]
    finished = int(np.isin(done, (HandshakeStep.DONE, HandshakeStep.RESUMED)).sum())
    steps = (_column(ledger, "handshake.ended_ns") - started)[inside]
    return replace(
        by_origin,
        connects=None if _left_out(ledger, "connection") else int(((opened >= begin) & (opened <= end)).sum()),
        handshakes=None if _left_out(ledger, "handshake") else finished,
        handshake_wall_us=_handshake_wall_us(ledger, inside) if finished else None,
        handshake_cpu_us=float(steps.sum()) / 1e3 if finished else None,
        name_lookups=lookups_between(ledger, begin, end),
    )


def lookups_between(run: Run, begin_ns: int, end_ns: int) -> int | None:
    """Names looked up in that time; None where the run did not count them."""
    if "lookup.at_ns" not in run.columns:
        return None
    at = _column(run, "lookup.at_ns")
    return int(((at >= begin_ns) & (at <= end_ns)).sum())


def _left_out(run: Run, group: str) -> bool:
    """Whether the instrument that writes these columns was not put in: then nothing was counted, which is not 0."""
    written = any(name.startswith(f"{group}.") for name in run.columns)
    return not written and any(note.startswith("left out") for note in run.facts.notes)


def observer_effect(run: Run, control: Control) -> Estimate | None:
    """CPU per request under a lens relative to the control runs; the interval comes from both.

    The lens has a single process, which differs from any other as those of the control runs do among themselves: by 6 to
    13 % on shared machines, however long it measures. The interval is one of logarithms: of a client that idles, few and
    uneven rounds make it wider than the ratio itself.
    """
    mask = rounds_of(run, RoundKind.MEASURED)
    if not mask.any() or control.cpu_us_per_request.value <= 0:
        return None
    per_round = _column(run, "round.cpu_ns")[mask] / _column(run, "round.count")[mask] / 1e3
    under = mean_estimate(per_round.tolist(), "us")
    base = control.cpu_us_per_request
    of_lens, of_control = under.relative_half_width, base.relative_half_width
    if of_lens is None or of_control is None:
        return Estimate(under.value / base.value, None, None, "ratio", under.n)
    # Relative half-widths of independent means, which to first order are those of their logarithms, add in quadrature. That
    # of a single process is the control runs' mean's, times the root of their number.
    of_process = of_control * base.n**0.5
    ratio, spread = under.value / base.value, math.exp(math.hypot(of_lens, of_control, of_process))
    return Estimate(ratio, ratio / spread, ratio * spread, "ratio", under.n)


def observer_of_core(run: Run, control: Control) -> float | None:
    """What a lens adds to the share of a core that the client keeps busy; None where no round was measured.

    Of a client that waits most of the time the ratio above says little: twice next to nothing is next to nothing.
    """
    mask = rounds_of(run, RoundKind.MEASURED)
    wall_ns = (_column(run, "round.ended_ns") - _column(run, "round.started_ns"))[mask].sum()
    if not wall_ns or control.share_of_core is None:
        return None
    return float(_column(run, "round.cpu_ns")[mask].sum() / wall_ns) - control.share_of_core


def _errors(*runs: Run, kind: RoundKind) -> dict[str, int]:
    """Failed exchanges of the rounds of a kind, by exception type; one without an answer yet has not failed."""
    errors: Counter[str] = Counter()
    for run in runs:
        numbers = _column(run, "exchange.error")[exchanges_of(run, kind)]
        errors.update(run.facts.error_types[number - 1] for number in numbers[numbers > 0].tolist())
    errors.pop(UNFINISHED, None)
    return dict(errors)


def unfinished_of(runs: Sequence[Run], *, cold: bool) -> UnfinishedRound | None:
    """What became of the round of the first of these runs that was broken off in its cold round, or in a measured one."""
    found = (run.facts.unfinished for run in runs)
    return next((each for each in found if each is not None and each.cold is cold), None)


def exchanges_of(run: Run, kind: RoundKind) -> npt.NDArray[np.int64]:
    """The numbers of the exchanges of the rounds of a kind."""
    mask = rounds_of(run, kind)
    first, count = _column(run, "round.first")[mask], _column(run, "round.count")[mask]
    ranges = [np.arange(f, f + c) for f, c in zip(first, count, strict=True)]
    return np.concatenate(ranges) if ranges else np.zeros(0, dtype=np.int64)


def _handshake_wall_us(run: Run, inside: Mask) -> float:
    """The sum over exchanges of the time from their first handshake step to their last."""
    exchange = _column(run, "handshake.exchange")[inside]
    started, ended = _column(run, "handshake.started_ns")[inside], _column(run, "handshake.ended_ns")[inside]
    total = 0
    for number in np.unique(exchange):
        mine = exchange == number
        total += int(ended[mine].max() - started[mine].min())
    return total / 1e3


def _column(run: Run, name: str) -> npt.NDArray[np.int64]:
    return np.asarray(run.column(name), dtype=np.int64)
