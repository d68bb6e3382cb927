"""The rule about connections that serve few requests each: who ends them, and what helps."""

from collections.abc import Iterator

import numpy as np

from clientprof.attribution.programs.rules.connections import FEW, OPENED, built_per_call
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.lane import EndedBy
from clientprof.model.programs.recording import WITHOUT_POOL
from clientprof.model.programs.results import SiteResult

# Idle connections that httpx and httpx2 keep where nobody sets a limit.
_KEPT_BY_DEFAULT = 20
# What clients raise for an answer that has come, by the name of the type: its connection can be used again.
_RAISED_FOR_ANSWERS = frozenset(("ClientResponseError", "ContentTypeError", "HTTPError", "HTTPStatusError"))


def not_reused(evidence: Evidence) -> Iterator[Finding]:
    """Connections that serve few requests each, and who ended them."""
    for site in evidence.call_sites:
        if site.connects_per_1000 is None or site.requests < FEW or built_per_call(evidence, site):
            continue
        # The first of each connection that was in use at once and of each host had to be opened, and one after each request
        # that broke its own: those are told as requests that fail.
        at_once = (row.most for row in evidence.held if (row.file, row.line) == (site.file, site.line))
        needed = max([site.peers, *at_once])
        opened = site.connects_per_1000 - 1000 * (needed + broken_connections(evidence, site)) / site.requests
        if opened < OPENED:
            continue
        cost = sum(phase.wall_us for phase in site.phases if phase.phase in (Phase.DNS, Phase.CONNECT, Phase.TLS))
        server, program = _who_closed(evidence)
        kept = _may_keep(evidence, site)
        layer, why, remedy = _reason(server, program, site.client.name, kept, needed)
        yield finding(
            "connections-not-reused",
            f"{opened:,.0f} unnecessary new connections per 1,000 requests at "
            f"{place(site.file, site.line, site.function)}",
            layer,
            (site.file, site.line, site.function),
            f"A request there spends {cost / 1e3:,.2f} ms on making connections, on average.",
            [f"connections closed by the server: {server:,}, by this program: {program:,}", why],
            remedy,
            "The claim is wrong if as many new connections are opened although connections are kept.",
            off_cpu_us=evidence.over_all(cost, site.requests),
            turns=(Turn(Knob.KEPT, Way.UP, remedy),) if layer is Layer.POOL else (),
        )


def broken_connections(evidence: Evidence, site: SiteResult) -> int:
    """How many connections ended at most because their request was cancelled or failed: nobody reads its answer any more.

    An answer for which the client raises, such as one with status 404, breaks nothing.
    """
    had_none = sum(row.count for row in evidence.timeouts_at(site) if row.verdict == "pool")
    answered = sum(count for name, count in site.errors.items() if name.rpartition(".")[2] in _RAISED_FOR_ANSWERS)
    return max(0, site.failed - had_none - answered)


def _who_closed(evidence: Evidence) -> tuple[int, int]:
    by = [each for lane in evidence.lanes for each in lane.integers("closing.by").tolist()]
    return by.count(EndedBy.SERVER), by.count(EndedBy.PROGRAM)


def _may_keep(evidence: Evidence, site: SiteResult) -> int | None:
    """How many idle connections each client object keeps at least that the site asks with; None where that is not known, or
    no limit."""
    groups = evidence.sites.groups_of(site)
    limits = [
        settings.idle
        for lane, group in zip(evidence.lanes, evidence.sites.group_of, strict=True)
        for settings in evidence.instances.settings_used(lane, np.flatnonzero(np.isin(group, groups)))
    ]
    return min((limit for limit in limits if limit is not None), default=None)


def _reason(server: int, program: int, client: str, kept: int | None, needed: int) -> tuple[Layer, str, str]:
    """The layer, who closes the connections, and what helps; the layer is the pool where it closes what it had better
    keep. What helps is no evidence: another finding may know a remedy that goes against it. ``kept`` is how many idle
    connections the client keeps, None where nobody knows, and ``needed`` how many were in use at once."""
    if client == "urllib.request":
        return (
            Layer.CONNECT,
            "urllib.request makes a connection for each request: it cannot keep one",
            "Use a client that keeps connections, such as urllib3 or requests. Where a package makes the calls, choose "
            "another client of that package, if it has one.",
        )
    if server > program:
        return (
            Layer.CONNECT,
            "the server closes them",
            "Raise the server's keep-alive time and the number of requests that it allows on a connection.",
        )
    if kept == 0 and client == "aiohttp":
        return (
            Layer.POOL,
            "the client keeps none: its connector was made with `force_close`",
            "Make the connector without `force_close`, so that connections are kept.",
        )
    if client in WITHOUT_POOL:
        return (
            Layer.CONNECT,
            "the program closes them, or makes one for each request. http.client also closes a connection when the server "
            "says `Connection: close` or speaks HTTP/1.0",
            "Keep one connection for each host and thread, and read each body to its end before the next request.",
        )
    if kept and kept >= needed:
        return (
            Layer.CONNECT,
            f"the client closes them, and not for its limit: it keeps up to {kept:,} idle ones, as many as it needs. It "
            "also closes a connection when the server says `Connection: close` or speaks HTTP/1.0, when a body is not read "
            "to its end, and when it was idle for too long",
            "Look at the headers of the server's answers: it must not say `Connection: close`. Read each body to its end.",
        )
    if kept is None and client in ("httpx", "httpx2") and needed <= _KEPT_BY_DEFAULT:
        return (
            Layer.CONNECT,
            "the client closes them. Its transport is one that the program gave it, whose limits are not known here; no "
            f"more than {needed:,} were in use at once. A connection is also closed when a body is not read to its end, as "
            "some retries leave that of an attempt that they repeat",
            "Read each body to its end, also that of an answer that is thrown away, and look at the transport's limits.",
        )
    if client in ("httpx", "httpx2"):
        return (
            Layer.POOL,
            "the client closes idle connections beyond `max_keepalive_connections` (20 by default)",
            "Set `max_keepalive_connections` to as many as are in use at once.",
        )
    return (
        Layer.CONNECT,
        "the client closes them",
        "Look at the client's limit of idle connections and at its keep-alive time, and read bodies to the end.",
    )
