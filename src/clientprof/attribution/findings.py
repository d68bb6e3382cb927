"""What to do about it: findings from rules over counters, errors and costs. Each can be refuted, and says how.

Rules look at counts against expectation and at costs, not at versions. The generic rule names the costliest function of
the layer that makes the largest part of the difference, whoever wrote it.
"""

from collections.abc import Callable

from clientprof.attribution.permalinks import permalink
from clientprof.model.findings import Culprit, Finding
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, Comparison, CounterRow, FunctionCost

Rule = Callable[[ClientResult, Comparison | None], Finding | None]


def findings_of(client: ClientResult, comparison: Comparison | None) -> tuple[Finding, ...]:
    """The findings of the client asked about, the costliest first, those without a cost at the end."""
    found = [finding for rule in RULES if (finding := rule(client, comparison)) is not None]
    return tuple(sorted(found, key=lambda finding: -(finding.cost_us_per_request or 0.0)))


def _counter(client: ClientResult, name: str) -> CounterRow | None:
    return next((row for row in client.counters if row.name == name), None)


def _functions(client: ClientResult, layer: Layer) -> list[FunctionCost]:
    mine = [f for f in client.functions if f.layer is layer]
    return sorted(mine, key=lambda f: -f.self_us_per_request.value)


def _culprit(function: FunctionCost, client: ClientResult) -> Culprit:
    return Culprit(function.module, function.function, permalink(function, client.packages))


def _share(client: ClientResult, us: float) -> str:
    total = sum(row.cpu_us_per_request.value for row in client.layers)
    return f"{us / total:.0%} of its CPU" if total else "an unknown share of its CPU"


def _failed_imports(client: ClientResult, _: Comparison | None) -> Finding | None:
    row = _counter(client, "failed_imports_per_request")
    if row is None or row.value < 0.5:
        return None
    layer = next((c for c in client.layers if c.layer is Layer.IMPORT), None)
    cost = layer.cpu_us_per_request.value if layer else None
    names = row.meaning.partition("(")[2].rstrip(")")
    culprits = _functions(client, Layer.IMPORT)[:1]
    where = f" in {culprits[0].module}.{culprits[0].function}" if culprits else ""
    remedy = (
        f"Install {names.split(', ')[0]} (`pip install {names.split(', ')[0]}`)" if names else "Install the package"
    )
    spent = f", {_share(client, cost)} ({cost:,.0f} us per request)" if cost else ""
    return Finding(
        id="failed-imports",
        title=f"{client.name} tries to import a missing package {row.value:.1f} times per request",
        layer=Layer.IMPORT,
        culprits=tuple(_culprit(f, client) for f in culprits),
        claim=f"An import that fails searches the whole path each time{where}{spent}.",
        evidence=(f"{row.value:.2f} failed imports per request ({names or 'unnamed'}), expected 0",),
        remedy=f"{remedy}. Maintainers: look the package up once, at import time.",
        falsifier=f"With {names or 'the package'} installed, CPU per request does not fall.",
        cost_us_per_request=cost,
    )


def _pool_work(client: ClientResult, _: Comparison | None) -> Finding | None:
    row = _counter(client, "pool_passes_per_request")
    layer = next((c for c in client.layers if c.layer is Layer.POOL), None)
    if row is None or row.expected is None or row.value < 1.25 * row.expected or layer is None:
        return None
    again = _counter(client, "assignments_per_request")
    polls = _counter(client, "socket_polls_per_request")
    functions = _functions(client, Layer.POOL)[:3]
    whole = max(functions, key=lambda f: f.total_us_per_request.value, default=None)
    evidence = [f"{row.value:.2f} pool passes per request, {row.expected:g} are enough"]
    if again is not None and again.value > 1.05:
        evidence.append(f"{again.value:.2f} assignments per request: connections were handed out more than once")
    if polls is not None and polls.value > 1.5:
        evidence.append(f"{polls.value:.1f} sockets polled per request, 1 is enough")
    return Finding(
        id="pool-passes",
        title=f"{client.name}'s pool walks its connections {row.value:.1f} times per request",
        layer=Layer.POOL,
        culprits=tuple(_culprit(f, client) for f in ([whole] if whole else functions[:1])),
        claim=(
            f"The pool takes {_share(client, layer.cpu_us_per_request.value)} "
            f"({layer.cpu_us_per_request.value:,.0f} us per request) in passes over all connections and queued requests."
        ),
        evidence=tuple(evidence),
        remedy=(
            "Keep fewer requests queued on one client (a semaphore around the calls, or more clients), or use another "
            "transport. Maintainers: one assignment per idle connection, and no walk over all of them."
        ),
        falsifier="With as many connections as requests in flight, the passes per request stay as they are.",
        cost_us_per_request=layer.cpu_us_per_request.value,
    )


def _churn(client: ClientResult, _: Comparison | None) -> Finding | None:
    row = _counter(client, "connections_accepted_per_1000_requests")
    if row is None or row.value < 20:
        return None
    return Finding(
        id="lost-keep-alive",
        title=f"{client.name} opens {row.value:,.0f} new connections per 1000 requests",
        layer=Layer.CONNECT,
        culprits=(),
        claim="Open connections are closed instead of reused, so later requests connect (and shake hands) again.",
        evidence=(f"{row.value:.0f} accepts per 1000 requests in the origin's own log, after the first round",),
        remedy="Raise the client's keep-alive limit to its connection limit, for both, the load's requests in flight.",
        falsifier="With keep-alive limit = connection limit, as many connections are opened.",
    )


def _cold_storm(client: ClientResult, _: Comparison | None) -> Finding | None:
    cold = client.cold
    if cold is None or cold.connects_by_origin is None or not cold.most_connections_by_origin:
        return None
    opened, most = cold.connects_by_origin, cold.most_connections_by_origin
    if opened < 1.5 * most or opened - most < 10:
        return None
    return Finding(
        id="cold-connect-storm",
        title=f"A new {client.name} client opens {opened} connections where {most} are open at once",
        layer=Layer.CONNECT,
        culprits=(),
        claim=(
            f"In its first round the client closes connections that it then opens again: that round took "
            f"{cold.wall_s.value:,.2f} s of wall time and {cold.cpu_us_per_request.value:,.0f} us of CPU per request."
        ),
        evidence=(f"{opened} accepts and at most {most} open connections in the origin's own log",),
        remedy="Set the keep-alive limit equal to the connection limit; keep one client for the life of the process.",
        falsifier="With keep-alive limit = connection limit, the first round opens as many connections.",
    )


def _timeouts(client: ClientResult, _: Comparison | None) -> Finding | None:
    errors = {} if client.control is None else client.control.errors
    count = sum(number for kind, number in errors.items() if "Timeout" in kind)
    if client.control is None or not count:
        return None
    kinds = ", ".join(kind for kind in errors if "Timeout" in kind)
    requests = sum(errors.values()) + client.control.ok
    if "PoolTimeout" in errors:
        layer, what = Layer.POOL, "Requests queued for a connection"
        remedy = "Raise the pool timeout, or admit fewer requests at once (a semaphore), or raise the connection limit."
    else:
        layer, what = Layer.IO, "Requests waited for the server, or for the loop to get round to its answer,"
        remedy = "See in the ledger which of the two it was; then raise the timeout, or admit fewer requests at once."
    return Finding(
        id="timeouts",
        title=f"{count} requests of {client.name} ended in {kinds}",
        layer=layer,
        culprits=(),
        claim=f"{what} longer than the client's own timeout.",
        evidence=(f"{count} of {requests} measured requests",),
        remedy=remedy,
        falsifier="With that timeout off, the same requests still fail.",
    )


def _loop_bound(client: ClientResult, _: Comparison | None) -> Finding | None:
    ledger = client.ledger
    if ledger is None or not ledger.loop_busy_us:
        return None
    busy = sum(ledger.loop_busy_us.values())
    if busy <= 0 or ledger.loop_idle_us > 0.1 * (busy + ledger.loop_idle_us):
        return None
    culprit, us = max(ledger.loop_busy_us.items(), key=lambda item: item[1])
    return Finding(
        id="loop-bound",
        title=f"The event loop, not the server, is the bottleneck under {client.name}",
        layer=culprit,
        culprits=(),
        claim=(
            f"The loop was idle {ledger.loop_idle_us / (busy + ledger.loop_idle_us):.1%} of the time; requests wait for it. "
            f"Layer {culprit} held it longest ({us / busy:.0%})."
        ),
        evidence=(
            f"{busy:,.0f} us of loop time per request, {ledger.loop_idle_us:,.0f} us idle",
            f"{ledger.callbacks_per_request:.1f} callbacks per request",
        ),
        remedy="Less client work per request, or more processes; a faster server changes nothing.",
        falsifier="With a server twice as fast, requests per second rise.",
    )


def _generic(client: ClientResult, comparison: Comparison | None) -> Finding | None:
    if comparison is None or not comparison.gap or comparison.effect.ratio.value < 1.02:
        return None
    layer = max(comparison.gap, key=lambda row: row.us_per_request.value)
    functions = _functions(client, layer.layer)
    if not functions or layer.us_per_request.low is None or layer.us_per_request.low <= 0:
        return None
    top = functions[0]
    calls = "" if top.calls_per_request is None else f", {top.calls_per_request:,.1f} calls per request"
    return Finding(
        id="costliest-function",
        title=f"Most of the difference to {comparison.effect.baseline} is in layer {layer.layer}",
        layer=layer.layer,
        culprits=(_culprit(top, client),),
        claim=(
            f"{layer.us_per_request.value:,.0f} us of {comparison.gap_us_per_request.value:,.0f} us per request "
            f"({layer.share_of_gap:.0%}) lie in {layer.layer}; its costliest function is {top.module}.{top.function}."
        ),
        evidence=(f"{top.self_us_per_request.value:,.1f} us per request in the function itself{calls}",),
        remedy=f"Look at {top.file}:{top.line} first.",
        falsifier="A run-time patch that makes the function free does not change CPU per request.",
        cost_us_per_request=layer.us_per_request.value,
    )


RULES: tuple[Rule, ...] = (_failed_imports, _pool_work, _churn, _cold_storm, _timeouts, _loop_bound, _generic)
