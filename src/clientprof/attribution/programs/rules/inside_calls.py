"""Rules about what goes on inside of one call of a client: several requests where one was asked for, and waits that neither
a connection nor the network explains. Retries, authentication, redirects, hooks and caches do so, unseen by the program."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.programs.answer.thread_answer import computes_all_the_time
from clientprof.attribution.programs.gates import inside_call
from clientprof.attribution.programs.lane import Booleans, Integers, Lane
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark, Phase
from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import GateResult, SiteResult

# Where a client itself does not wait; what no mark claims is told as that.
_AROUND = (Phase.PREPARE, Phase.RELEASE)
_LEAST_WAIT = 0.2
_LEAST_WAIT_US = 1000.0
_FEWEST = 20
# Answers beyond the first, of all calls: a few redirects or repeated attempts are everyday life.
_MORE_ANSWERS = 0.2
_REPEATED = "Where failed attempts are repeated, find out why these fail first."
_LOOK = (
    "Look at the retries, hooks, authentication and transports that the client was given. Log each wait of theirs. "
    f"{_REPEATED}"
)
# Ends of names of what lets so many through.
_LIMITERS = ("Semaphore", "Limiter")


@dataclass(slots=True)
class _Answers:
    """Of one call site: calls that were answered, their answers, and for how long they went on before the last one began."""

    calls: float = 0.0
    answers: float = 0.0
    before_ns: float = 0.0
    several: float = 0.0


def several_requests(evidence: Evidence) -> Iterator[Finding]:
    """Calls for which the client sends more than one request."""
    found: dict[int, _Answers] = defaultdict(_Answers)
    for lane, group in zip(evidence.lanes, evidence.sites.group_of, strict=True):
        _add(lane, group, WindowWeights(evidence.facts, lane), found)
    for number, row in sorted(found.items(), key=lambda item: -item[1].before_ns):
        more = row.answers - row.calls
        if row.several < _FEWEST or more < _MORE_ANSWERS * row.calls:
            continue
        at, _, _ = evidence.sites.groups[number]
        site = evidence.sites.site(at)
        before_us, each_us = row.before_ns / row.calls / 1e3, row.before_ns / row.several / 1e3
        share = row.several / row.calls
        requests = round(row.calls)
        yield finding(
            "several-requests-per-call",
            f"A call at {place(site.file, site.line, site.function)} makes {row.answers / row.calls:,.1f} requests, "
            "on average",
            Layer.API,
            (site.file, site.line, site.function),
            f"In {percent(share)} of the calls the client had an answer and asked again: its last request began "
            f"{each_us / 1e3:,.1f} ms after the call, waits in between included. The program sees one call.",
            [f"{row.answers:,.0f} answers to {row.calls:,.0f} calls", *_through(site.through)],
            "Find out what asks again. Attempts repeated after errors: count and log them, and find out why the server "
            "refuses. A token asked for each time: keep it until it expires. Redirects: ask for the last address at once.",
            "The claim is wrong if the server's own log has one request for each call.",
            off_cpu_us=evidence.over_all(before_us, requests),
        )


def _through(packages: tuple[str, ...]) -> list[str]:
    return [f"between the program and the client: {', '.join(packages)}"] if packages else []


def _add(lane: Lane, group: Integers, weights: WindowWeights, found: dict[int, _Answers]) -> None:
    kind, exchange, at = (lane.integers(f"mark.{name}") for name in ("kind", "exchange", "at_ns"))
    known = (exchange >= 0) & (exchange < lane.count)
    answered = known & (kind == Mark.HEADERS)
    count = np.bincount(exchange[answered], minlength=lane.count)
    # The last request of a call begins where it asks for a connection, and not before the answer to the one before it.
    order = np.lexsort((at[answered], exchange[answered]))
    owner, when = exchange[answered][order], at[answered][order]
    last_but_one = np.zeros(lane.count, dtype=np.int64)
    not_last = np.append(owner[1:] == owner[:-1], False) if len(owner) else np.zeros(0, dtype=np.bool_)
    last_but_one[owner[not_last]] = when[not_last]
    asked = np.zeros(lane.count, dtype=np.int64)
    asks = known & (kind == Mark.POOL_ENQUEUE)
    np.maximum.at(asked, exchange[asks], at[asks])
    # Of aiohttp's redirects only the last answer has a mark of its own; each asks for a connection.
    count = np.where(count > 0, np.maximum(count, _asked_for_connections(exchange, kind, at, known, lane.count)), 0)
    mine = lane.detailed[(count[lane.detailed] > 0) & (group[lane.detailed] >= 0)]
    many = weights.of_exchanges.at(lane.started[mine])
    before = np.where(count[mine] > 1, np.maximum(last_but_one[mine], asked[mine]) - lane.started[mine], 0)
    for number in np.unique(group[mine]).tolist():
        here, row = group[mine] == number, found[number]
        row.calls += float(many[here].sum())
        row.answers += float((many * count[mine])[here].sum())
        row.before_ns += float((many * before)[here].sum())
        row.several += float(many[here & (count[mine] > 1)].sum())


def _asked_for_connections(exchange: Integers, kind: Integers, at: Integers, known: Booleans, count: int) -> Integers:
    """How often each exchange asked for a connection. Where one client is inside of another both have marks of that, in
    turn: the next time comes only once a connection was there."""
    mine = known & np.isin(kind, (Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED))
    owner, asks, when = exchange[mine], kind[mine] == Mark.POOL_ENQUEUE, at[mine]
    order = np.lexsort((~asks, when, owner))
    owner, asks = owner[order], asks[order]
    again = np.append(False, (owner[1:] == owner[:-1]) & asks[:-1]) if len(owner) else np.zeros(0, dtype=np.bool_)
    return np.bincount(owner[asks & ~again], minlength=count)


def waits_inside(evidence: Evidence) -> Iterator[Finding]:
    """Calls that wait where a client itself has nothing to wait for. Threads that compute all the time wait for the
    interpreter wherever they are."""
    full = computes_all_the_time(evidence.threads)
    for site in evidence.call_sites:
        if full and site.client.blocking:
            continue
        waited_us = _around_us(site)
        if site.blocking or site.detailed < _FEWEST or waited_us < max(_LEAST_WAIT_US, _LEAST_WAIT * site.wall_us):
            continue
        where = inside_call(evidence.waits_in_calls, site)
        yield finding(
            "call-waits-inside",
            f"A call at {place(site.file, site.line, site.function)} waits {waited_us / 1e3:,.1f} of its "
            f"{site.wall_us / 1e3:,.1f} ms for neither a connection nor the network{_mostly(where)}",
            Layer.APP,
            (site.file, site.line, site.function) if where is None else _at(where.gate),
            "What stands around the client waits there inside of the call: the back-off of a retry, a hook, a limiter, a "
            "lock, a cache or a transport of its own.",
            [_phases(site), *([] if where is None else [_seen(where)]), *_through(site.through)],
            _LOOK if where is None else _remedy(where.gate),
            "The claim is wrong if calls take as long without them.",
            off_cpu_us=evidence.over_all(waited_us, site.requests),
        )


def told_inside(evidence: Evidence) -> str:
    """What the first line says of where such a call waits; empty where that was not seen."""
    sites = sorted(evidence.call_sites, key=lambda site: -site.requests * _around_us(site))
    return next((_mostly(inside_call(evidence.waits_in_calls, site)) for site in sites), "")


def _around_us(site: SiteResult) -> float:
    return sum(phase.wait_us or 0.0 for phase in site.phases if phase.phase in _AROUND)


def _mostly(where: GateResult | None) -> str:
    if where is None:
        return ""
    return f", but for `{where.gate.what}` in {place(*_at(where.gate))}"


def _at(gate: Gate) -> tuple[str, int, str]:
    return gate.file, gate.line, gate.function


def _seen(where: GateResult) -> str:
    return (
        f"{where.tasks:,.1f} tasks wait at {place(*_at(where.gate))} inside of their calls, on average of "
        f"{where.all_looks:,} looks at the event loop"
    )


def _remedy(gate: Gate) -> str:
    """What helps against a wait of this kind."""
    if gate.what.endswith("Lock"):
        return (
            "Hold this lock for less: do what takes long before it is wanted (renew a token before it expires), or at least "
            "without the lock, and not for each call."
        )
    if gate.what.endswith(".sleep"):
        return f"Sleep there only as long as the server asks for. {_REPEATED}"
    if gate.what.endswith(_LIMITERS):
        return "Let more calls through there at once, if the server bears it."
    return f"Do there only what every call needs, and what takes long before the call. {_REPEATED}"


def _phases(site: SiteResult) -> str:
    return "waits in phase " + ", in phase ".join(
        f"{phase.phase} {(phase.wait_us or 0.0) / 1e3:,.1f} ms" for phase in site.phases if phase.phase in _AROUND
    )
