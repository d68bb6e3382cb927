"""Rules about costs: TLS contexts built again and again, costs that grow with the program's age, and wrappers."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.findings.subject import shown_slope
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.uptime import CPU_PER_REQUEST
from clientprof.model.estimate import shown_unit
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.stats.growth_over_age import keeps_growing, thirds

_FEW = 10
# So many times the requests that began at first, and the load has grown.
_LOAD_GROWN = 1.5
# Of the CPU of the client's calls: a package around them that takes less is not worth a finding.
_WRAPPER_SHARE = 0.1
# Of a request's time, where there is CPU to spare: the rest of the CPU is of no use there.
_LEAST_OF_REQUEST = 0.05
_BUSY = 0.5
# Standard errors.
_BEYOND_CHANCE = 2.0
# What else is to be known of a package that is a wrapper.
_HIDES = {
    "opentelemetry": "Its span of a request begins before the wait for a connection and ends at the response's headers. The "
    "wait for the pool looks like a slow server there, and the time of the body is missing. `clientprof export --format "
    "otlp` writes spans with these phases, inside the same traces.",
}
_GROWING = (CPU_PER_REQUEST, "TLS engine's time per handshake", "connections opened per request")


def contexts(evidence: Evidence) -> Iterator[Finding]:
    """TLS contexts made for nearly every request, each of which loads the certificate authorities."""
    by_site: dict[int, list[int]] = defaultdict(list)
    for lane in evidence.lanes:
        took = lane.integers("context.ended_ns") - lane.integers("context.started_ns")
        for site, ns in zip(lane.integers("context.site").tolist(), took.tolist(), strict=True):
            by_site[site].append(ns)
    for number, took_ns in by_site.items():
        if len(took_ns) < _FEW or 2 * len(took_ns) < evidence.requests:
            continue
        site = evidence.sites.site(number)
        mean_us = sum(took_ns) / len(took_ns) / 1e3
        yield finding(
            "tls-context-per-call",
            f"{len(took_ns):,} TLS contexts were built at {place(site.file, site.line, site.function)}",
            Layer.TLS,
            (site.file, site.line, site.function),
            f"Each takes {mean_us / 1e3:,.1f} ms of the thread, mostly for loading certificate authorities.",
            [f"{evidence.requests:,} requests ended in the same time"],
            "Build one `ssl.SSLContext` when the program starts and hand it to every client, or share one client.",
            "The claim is wrong if CPU per request does not fall with one shared context.",
            cost_us=evidence.over_all(mean_us, len(took_ns)),
            code="context = ssl.create_default_context()  # once\nclient = httpx.AsyncClient(verify=context)",
        )


def grows_with_uptime(evidence: Evidence) -> Iterator[Finding]:
    """A cost per request that grows with the program's age, and the function whose time grew most; each function once."""
    told: set[tuple[str, int, str]] = set()
    for series in evidence.uptime:
        slope = series.slope
        if series.name not in _GROWING or slope is None or not keeps_growing(slope, series.values):
            continue
        early, _, late = thirds(series.values)
        if early <= 0:
            continue
        if series.name == CPU_PER_REQUEST and _load_grew(evidence):
            continue  # more requests at once cost more each: no matter of age
        culprit = growing_function(evidence) if series.name != "connections opened per request" else None
        if culprit in told:
            continue
        told |= {culprit} if culprit else set()
        at = culprit or ("", 0, "")
        yield finding(
            "cost-grows-with-uptime",
            f"{series.name} grows with the program's age" + (f", in {place(*culprit)}" if culprit else ""),
            Layer.TLS if "TLS" in series.name else Layer.APP,
            at,
            f"From {early:,.3g} to {late:,.3g} {shown_unit(series.unit)} within {series.at_s[-1]:,.0f} s.",
            [f"grows as the program's age to the power {shown_slope(slope)}"],
            "Look for what each request or connection adds and nothing removes: a list, a registry, paths of a "
            "certificate store, handlers.",
            "The claim is wrong if the cost does not go on growing over twice the time.",
            cost_us=late - early if series.unit == "us" else None,
        )


def _load_grew(evidence: Evidence) -> bool:
    """Whether so many more requests began in the last third of the time than in the first as would make a cost grow.

    Requests in flight are not asked: where a cost grows they pile up, as its consequence.
    """
    started = np.concatenate([lane.started[lane.detailed] for lane in evidence.lanes])
    if not len(started):
        return False
    begun, _ = np.histogram(started, 3)
    return bool(begun[2] >= _LOAD_GROWN * begun[0])


def growing_function(evidence: Evidence) -> tuple[str, int, str] | None:
    """File, line and name of the function whose CPU per exchange grew most from the first third to the last.

    None where that is no more than what as many samples differ by chance.
    """
    growth: dict[tuple[str, int, str], float] = defaultdict(float)
    variance: dict[tuple[str, int, str], float] = defaultdict(float)
    for lane in evidence.lanes:
        _add_growth(lane, growth, variance)
    best = max(growth, key=growth.__getitem__, default=None)
    return best if best is not None and growth[best] > _BEYOND_CHANCE * variance[best] ** 0.5 else None


def _add_growth(
    lane: Lane, growth: dict[tuple[str, int, str], float], variance: dict[tuple[str, int, str], float]
) -> None:
    at, stack, weight = (lane.integers(f"sample.{name}") for name in ("at_ns", "stack", "weight_ns"))
    real = stack >= 0
    at, stack, weight = at[real], stack[real], weight[real]
    if len(at) < 3 * _FEW or not len(lane.detailed):
        return
    table = StackTable(lane.run, charge_profiler=False)
    begin, end = int(at[0]), int(at[-1])
    edges = (begin + (end - begin) // 3, end - (end - begin) // 3)
    ended = lane.ended[lane.detailed]
    for sign, mine, requests in (
        (-1.0, at < edges[0], int((ended < edges[0]).sum())),
        (1.0, at > edges[1], int((ended > edges[1]).sum())),
    ):
        if not requests:
            continue
        by_stack = np.bincount(stack[mine], weight[mine], len(table.stacks))
        # Samples come by chance: the variance of a sum of them is that of their squares.
        squares = np.bincount(stack[mine], weight[mine].astype(np.float64) ** 2, len(table.stacks))
        for number in np.flatnonzero(by_stack).tolist():
            found = table.stacks[number]
            if not found.frames:
                continue
            own = next(
                (table.codes[frame] for frame in reversed(found.frames) if table.codes[frame].origin == "app"), None
            )
            code = own or table.codes[found.named]
            function = (code.file, code.line, code.function)
            growth[function] += sign * float(by_stack[number]) / requests
            variance[function] += float(squares[number]) / requests**2


def wrappers(evidence: Evidence) -> Iterator[Finding]:
    """Packages that stand between the program and its client, or that the client calls back, and what they take."""
    price: dict[str, float] = defaultdict(float)
    seen: dict[str, int] = defaultdict(int)
    total, requests = 0.0, 0
    for lane in evidence.lanes:
        total += _add_packages(lane, price, seen)
        requests += len(lane.detailed)
    if not total or not requests:
        return
    for package, ns in sorted(price.items(), key=lambda item: -item[1]):
        share = ns / total
        if share < _WRAPPER_SHARE or seen[package] < _FEW:
            continue
        if package not in _HIDES and not _matters(evidence, ns / requests / 1e3):
            continue
        users = [site for site in evidence.call_sites if package in site.through]
        site = (users or list(evidence.call_sites))[0]
        yield finding(
            "wrapper-has-a-price",
            f"{package} takes {percent(share)} of the CPU of the program's requests",
            Layer.OTHER,
            (site.file, site.line, site.function),
            f"{ns / requests / 1e3:,.0f} microseconds of CPU per request are spent in its code. What the client does for "
            "its sake (hooks that it calls, for instance) comes on top.",
            [
                f"seen in samples of exchanges called from {place(site.file, site.line, site.function)}",
                *_hidden(package, evidence),
            ],
            f"Decide whether every request needs what {package} does; leave it out for the frequent ones.",
            f"The claim is wrong if CPU per request does not fall by that much at least without {package}.",
            cost_us=ns / requests / 1e3,
            mechanism=_HIDES.get(package, ""),
        )


def _matters(evidence: Evidence, cost_us: float) -> bool:
    """Whether so much CPU of a request is noticed: it is much of the request's time, or requests wait for CPU."""
    threads = evidence.threads.computing_share if evidence.threads is not None else 0.0
    return max(evidence.loop_busy_share, threads) > _BUSY or cost_us >= _LEAST_OF_REQUEST * evidence.request_us


def _hidden(package: str, evidence: Evidence) -> list[str]:
    """What the package's own figures do not show of this program."""
    waits = [row.wall_us for row in evidence.phases if row.phase == Phase.POOL]
    if package not in _HIDES or not waits:
        return []
    return [
        f"a request waits {sum(waits) / 1e3:,.1f} ms for a connection on average, which its span does not tell apart"
    ]


def _add_packages(lane: Lane, price: dict[str, float], seen: dict[str, int]) -> float:
    """CPU of samples of exchanges, by the package of the innermost frame that is neither client nor standard library.

    Imports are left out: they belong to the start. ``seen`` counts samples.
    Returns the CPU of all such samples, nanoseconds. A package counts only where a client's frame is on the stack too,
    above or below: a server framework is not a wrapper of a client.
    """
    stack, weight, exchange = (lane.integers(f"sample.{name}") for name in ("stack", "weight_ns", "exchange"))
    mine = (stack >= 0) & (exchange >= 0) if len(exchange) == len(stack) else np.zeros(len(stack), dtype=np.bool_)
    if not mine.any():
        return 0.0
    table = StackTable(lane.run, charge_profiler=False)
    layers = lane.run.facts.module_layers
    clients = {name.partition(".")[0] for name in layers}
    by_stack = np.bincount(stack[mine], weight[mine], len(table.stacks))
    samples = np.bincount(stack[mine], minlength=len(table.stacks))
    total = 0.0
    for number in np.flatnonzero(by_stack).tolist():
        if table.stacks[number].owner is Layer.IMPORT or table.stacks[number].work is Layer.IMPORT:
            continue
        codes = [table.codes[frame] for frame in table.stacks[number].frames]
        packages = [code.module.partition(".")[0] for code in codes if code.origin == "package"]
        if not any(package in clients for package in packages):
            continue
        total += float(by_stack[number])
        if packages[-1] not in clients:
            price[packages[-1]] += float(by_stack[number])
            seen[packages[-1]] += int(samples[number])
    return total
