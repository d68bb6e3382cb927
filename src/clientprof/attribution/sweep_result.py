"""A sweep over n, answered: how each cost grows, what is a scaling suspect, where clients cross, how throughput holds.

A suspect is a layer or a function whose log-log slope is above 0.3, with the whole interval above 0.1, and whose cost at the
largest n matters: at least 1 us per request and 2 % of the client's. It says nothing of who wrote the code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from clientprof.attribution.costs.headline import control_of, cpu_us_per_request, wall_s
from clientprof.attribution.costs.layer_costs import layer_chunks
from clientprof.attribution.costs.process_spread import ProcessCosts, Spread, control_spread, larger, process_costs
from clientprof.attribution.costs.sampled_time import Floats, SampledTime, sampled_time
from clientprof.attribution.differences.function_matching import identity
from clientprof.attribution.differences.gap import GARBAGE
from clientprof.attribution.notices.disturbed_lenses import undisturbed
from clientprof.attribution.notices.interpreters import environment_of
from clientprof.attribution.notices.raised import notices_of
from clientprof.attribution.sweep_hosts import host_notices
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Notice
from clientprof.model.growth.series import Crossing, GrowthPoint, GrowthResult, Retention, Series, Subject
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.results import Setting
from clientprof.model.run import Run
from clientprof.model.samples import CodeLocation
from clientprof.stats.growth_fits import CostAt, crossing, log_log_slope
from clientprof.stats.student import NORMAL_975

STEEP = 0.3
SURELY_GROWING = 0.1
MATERIAL_US = 1.0
MATERIAL_SHARE = 0.02
_FUNCTIONS = 40
# httpx2's harness takes retention between these two.
_RETENTION = (16, 512)
# Settings of the workload that the sweep varies by itself.
_VARIED = ("scenario", "requests at once")

LayerKey = tuple[Layer, CodeLocation | None]


def growth_result(
    recordings: Mapping[int, Recording], command: tuple[str, ...] = (), files: Mapping[str, str] | None = None
) -> GrowthResult:
    """All clients of the recordings, which are keyed by the number of requests at once.

    Raises:
        ValueError: no recording.
    """
    if not recordings:
        raise ValueError("growth needs at least one recording")
    ordered = {n: undisturbed(recording) for n, recording in sorted(recordings.items())}
    first, last = next(iter(ordered.values())), next(reversed(ordered.values()))
    clients = tuple(dict.fromkeys(name for recording in ordered.values() for name in recording.manifest.clients))
    of = {client: {n: r for n, r in ordered.items() if _whole(ordered, n, client)} for client in clients}
    spread = larger(control_spread([a for c in clients for r in of[c].values() for a in _by_host(r, c)], paired=False))
    totals = {
        client: _control_series(client, Subject.TOTAL, of[client], cpu_us_per_request, "us", spread)
        for client in clients
    }
    latencies = {
        client: _control_series(client, Subject.LATENCY, of[client], _p50_ms, "ms", spread) for client in clients
    }
    layers: list[Series] = []
    functions: list[Series] = []
    material: dict[str, float] = {}
    for client in clients:
        sampled = {n: found for n, r in of[client].items() if (found := _sampled(r, client))}
        if not sampled:
            continue
        whole = sampled[max(sampled)]
        material[client] = max(MATERIAL_US, MATERIAL_SHARE * sum(time.total_us for time in whole) / len(whole))
        layers += _sampled_series(client, sampled, _layers_of, spread, material[client])
        functions += _sampled_series(client, sampled, _functions_of, spread, material[client])[:_FUNCTIONS]
    workload = [Setting(*row) for row in first.manifest.workload if row[1] not in _VARIED]
    return GrowthResult(
        title=f"{', '.join(clients)} over {', '.join(str(n) for n in ordered)} requests at once",
        command=command or last.manifest.command,
        created=last.manifest.created,
        seed=first.manifest.seed,
        complete=all(recording.manifest.complete for recording in ordered.values()),
        environment=environment_of(first.manifest, (run for r in ordered.values() for run in r.runs), clients),
        workload=tuple(workload),
        clients=clients,
        versions={client: _version(ordered.values(), client) for client in clients},
        n=tuple(ordered),
        totals=tuple(series for series in totals.values() if series.points),
        latencies=tuple(series for series in latencies.values() if series.points),
        layers=tuple(layers),
        functions=tuple(functions),
        crossings=tuple(
            _crossing(left, right)
            for rows in (totals, latencies)
            for left, right in combinations([row for row in rows.values() if row.points], 2)
        ),
        retentions=tuple(kept for c in clients if (kept := _retention(c, of[c], spread)) is not None),
        material_us=material,
        notices=_notices(ordered),
        files=files or {},
    )


def _whole(recordings: Mapping[int, Recording], n: int, client: str) -> bool:
    """Whether the client was measured there, and finished its rounds: a part of one is other work.

    Beyond an n that it did not finish everywhere, only some of the hosts would have measured it.
    """
    runs = {m: [*r.of(client, "control"), *r.of(client, "sample")] for m, r in recordings.items() if m <= n}
    return bool(runs[n]) and not any(run.facts.unfinished is not None for at in runs.values() for run in at)


def _by_host(recording: Recording, client: str) -> list[list[Run]]:
    """The client's control runs, those of each host by themselves: how fast a host is, is no spread between processes."""
    found: dict[str, list[Run]] = {}
    for run in recording.of(client, "control"):
        found.setdefault(run.facts.host, []).append(run)
    return list(found.values())


def _version(recordings: Iterable[Recording], client: str) -> str:
    return next((run.facts.client_version for r in recordings for run in r.runs if run.facts.arm == client), "")


def _sampled(recording: Recording, client: str) -> list[SampledTime]:
    return [found for run in recording.of(client, "sample") if (found := sampled_time(run)) is not None]


def _p50_ms(run: Run) -> float | None:
    control = control_of([run])
    return None if control is None else control.latency_ms.p50


def _control_series(
    client: str,
    subject: Subject,
    recordings: Mapping[int, Recording],
    measure: Callable[[Run], float | None],
    unit: str,
    spread: Spread,
) -> Series:
    points: list[CostAt] = []
    for n, recording in recordings.items():
        values = [v for run in recording.of(client, "control") if (v := measure(run)) is not None and v > 0]
        if values:
            points.append(CostAt(n, float(np.exp(np.mean(np.log(values)))), spread.relative / len(values) ** 0.5))
    return Series(client, subject, tuple(_point(p, unit) for p in points), log_log_slope(points))


def _point(at: CostAt, unit: str, seen: bool = True) -> GrowthPoint:
    if not seen:
        return GrowthPoint(at.n, Estimate(0.0, None, None, unit, 0))
    half = at.cost * NORMAL_975 * (at.relative_error or 0.0)
    return GrowthPoint(at.n, Estimate(at.cost, max(0.0, at.cost - half), at.cost + half, unit, 1))


def _layers_of(time: SampledTime) -> dict[LayerKey, Floats]:
    return {(layer, None): chunks for layer, chunks in layer_chunks(time).items()}


def _functions_of(time: SampledTime) -> dict[LayerKey, Floats]:
    """Own cost of every function within its layer; a function's location is that of the first code of its name."""
    found: dict[LayerKey, Floats] = {}
    named: dict[tuple[str, str], CodeLocation] = {}
    nothing = np.zeros(time.by_stack.shape[1])
    for number, stack in enumerate(time.table.stacks):
        if time.counts[number] and stack.frames:
            code = time.table.codes[stack.named]
            key = (stack.owner, named.setdefault(identity(code), code))
            found[key] = found.get(key, nothing) + time.by_stack[number]
    if time.garbage.sum() > 0:
        found[Layer.GC, GARBAGE] = time.garbage
    return found


def _sampled_series(
    client: str,
    sampled: Mapping[int, Sequence[SampledTime]],
    chunks_of: Callable[[SampledTime], dict[LayerKey, Floats]],
    spread: Spread,
    material_us: float,
) -> list[Series]:
    """A series per cost, the costliest at the largest n first."""
    costs = {n: [process_costs(time, chunks_of(time)) for time in times] for n, times in sampled.items()}
    keys = dict.fromkeys(key for processes in costs.values() for process in processes for key in process.chunks)
    found: list[Series] = []
    for key in keys:
        points = [_cost_at(n, processes, key, spread) for n, processes in costs.items()]
        seen = [any(key in process.chunks for process in processes) for processes in costs.values()]
        slope = log_log_slope(points)
        last = points[-1].cost if seen[-1] else 0.0
        steep = slope is not None and slope.low is not None and slope.value > STEEP and slope.low > SURELY_GROWING
        found.append(
            Series(
                client=client,
                subject=Subject.LAYER if key[1] is None else Subject.FUNCTION,
                points=tuple(_point(point, "us", known) for point, known in zip(points, seen, strict=True)),
                slope=slope,
                layer=key[0],
                location=key[1],
                suspect=steep and last >= material_us,
            )
        )
    return sorted(found, key=lambda series: -series.points[-1].cost.value)


def _cost_at(n: int, processes: Sequence[ProcessCosts[LayerKey]], key: LayerKey, spread: Spread) -> CostAt:
    """The mean over processes. A cost not seen counts as one sample, give or take one: so growth from nothing shows."""
    value = sum(process.value(key) for process in processes) / len(processes)
    sample_us = sum(process.sample_us for process in processes) / len(processes)
    if value <= 0:
        return CostAt(n, sample_us, 1.0)
    variance = sum(process.variance(key) for process in processes) / len(processes)
    return CostAt(n, value, ((variance / value**2 + spread.relative**2) / len(processes)) ** 0.5)


def _cost_points(series: Series) -> list[CostAt]:
    return [
        CostAt(
            point.n,
            point.cost.value,
            None if point.cost.high is None else (point.cost.high / point.cost.value - 1) / NORMAL_975,
        )
        for point in series.points
    ]


def _crossing(left: Series, right: Series) -> Crossing:
    at = crossing(_cost_points(left), _cost_points(right))
    if at is None:
        return Crossing(left.client, right.client, left.subject, None)
    costs = {point.n: point.cost.value for point in right.points}
    first = next(point for point in left.points if point.n in costs and point.n < at.value)
    cheaper, dearer = (left, right) if first.cost.value < costs[first.n] else (right, left)
    return Crossing(left.client, right.client, left.subject, at, cheaper.client, dearer.client)


def _retention(client: str, recordings: Mapping[int, Recording], spread: Spread) -> Retention | None:
    """Between c16 and c512 where both were measured, else between the smallest and the largest n."""
    rates = {
        n: [found for runs in _by_host(recording, client) if (found := _rates(runs))]
        for n, recording in recordings.items()
    }
    measured = [n for n, found in rates.items() if found]
    if len(measured) < 2:
        return None
    small, large = _RETENTION if set(_RETENTION) <= set(measured) else (min(measured), max(measured))
    hosts = {n: [np.log(found) for found in rates[n]] for n in (small, large)}
    logs = {n: np.concatenate(found) for n, found in hosts.items()}
    apart = float(logs[large].mean() - logs[small].mean())
    # Wall times vary more than CPU: their own scatter where there are runs enough to tell, at least that of CPU.
    error = sum(max(_variance(hosts[n]), spread.relative**2) / len(found) for n, found in logs.items()) ** 0.5
    low, high = np.exp([apart - NORMAL_975 * error, apart + NORMAL_975 * error])
    ratio = Estimate(float(np.exp(apart)), float(low), float(high), "ratio", min(len(found) for found in logs.values()))
    return Retention(client, small, large, ratio, float(np.exp(logs[small].mean())), float(np.exp(logs[large].mean())))


def _rates(runs: Sequence[Run]) -> list[float]:
    """Requests per second of each run."""
    return [run.facts.requests_per_round / wall for run in runs if (wall := wall_s(run)) is not None and wall > 0]


def _variance(hosts: Sequence[Floats]) -> float:
    """Within hosts."""
    freedom = sum(len(values) - 1 for values in hosts)
    return sum(float(((values - values.mean()) ** 2).sum()) for values in hosts) / freedom if freedom else 0.0


def _notices(recordings: Mapping[int, Recording]) -> tuple[Notice, ...]:
    from clientprof.attribution.client_result import client_result

    found: dict[tuple[str, str], Notice] = {}
    for n, recording in recordings.items():
        measured = {run.facts.arm for run in recording.runs}
        clients = tuple(client_result(recording, name) for name in recording.manifest.clients if name in measured)
        of_the_sweep = {text for _, text, _ in recording.manifest.notices}
        for notice in notices_of(recording, clients):
            where = "" if notice.text in of_the_sweep else f"At n = {n}: "
            found.setdefault((notice.id, notice.text), Notice(notice.id, f"{where}{notice.text}", notice.advice))
    return (*found.values(), *host_notices(recordings, next(iter(recordings.values())).manifest.clients))
