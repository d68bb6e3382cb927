"""Connections and clients that are made again instead of being used again."""

from clientprof.attribution.findings.expiry import closed_by_a_clock, idle_for, keep_idle
from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.costs.tls_costs import TlsWork
from clientprof.model.failures import Idleness
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.results import CounterRow

_ACCEPTED, _BUILT = "connections_accepted_per_1000_requests", "clients_built_per_request"
_CONTEXTS = "ssl_contexts_per_request"
_LOOKUPS = "name_lookups_per_1000_requests"
_MANY = 20.0  # per 1000 requests
# Requests for one name that are under way at once may each ask before the first answer is there.
_MANY_LOOKUPS = 10
_GROWING = 0.3  # log-log slope
_EACH = 0.5  # clients or contexts per request: made for each
_ALL_KEPT = (
    Turn(Knob.KEPT, Way.UP, "Set the keep-alive limit equal to the connection limit."),
    Turn(Knob.CONNECTIONS, Way.NOT_UP, "Set neither higher than the requests that you have in flight."),
)
_ONE_FOR_ALL = Turn(
    Knob.KEPT, Way.UP, "Use one client for all requests, with a keep-alive limit as high as the connection limit."
)
_KEEPS_ANSWERS = Turn(Knob.CLIENT, Way.UP, "Or take a client that keeps answers (aiohttp does for ten seconds).")
_FIRST_ROUND = Turn(
    Knob.LIFETIME, Way.UP, "Keep one client for as long as the process runs: it opens connections again at first only."
)
_SHARE_IT = Turn(Knob.LIFETIME, Way.UP, "Keep one client for as long as the process runs, and share it between tasks.")


def lost_connections(subject: Subject) -> Finding | None:
    """New connections after the first round of a client that is kept."""
    row = subject.counter(_ACCEPTED)
    if row is None or _built(subject) >= _EACH:
        return None
    needed = row.expected or 0.0
    if row.value - needed < _MANY or row.value < 1.5 * needed:
        return None
    against = f"; the server's closing makes {needed:,.0f} of them necessary" if needed else ""
    if (expired := closed_by_a_clock(subject)) is not None and (turn := keep_idle(subject)) is not None:
        return _expired(subject, row, against, expired, turn)
    return Finding(
        id="keepalive-eviction",
        title=f"{subject.name} opens {row.value:,.0f} new connections per 1000 requests{against}",
        layer=Layer.CONNECT,
        culprits=(),
        claim=(
            "It closes connections instead of using them again, so later requests must connect (and do TLS handshakes) "
            "again."
        ),
        evidence=(
            f"{row.value:.0f} new connections per 1000 requests by the server's own log, after the first round{against}",
        ),
        remedy=" ".join(turn.text for turn in _ALL_KEPT),
        turns=_ALL_KEPT,
        falsifier=(
            "The claim is wrong if as many connections are opened with a keep-alive limit equal to the connection "
            "limit."
        ),
        mechanism=(
            "When more connections are open than the keep-alive limit allows, the client closes those that have just become "
            "idle, although the next requests need them. Some clients count all open connections for this, not only "
            "the idle "
            "ones."
        ),
        pointer="Compare only idle connections with the keep-alive limit, and close none while requests are queued.",
        threads=("encode/httpcore#1000",),
        counters=(_ACCEPTED, "connections_opened_per_1000_requests", "handshakes_per_1000_requests"),
    )


def _expired(subject: Subject, row: CounterRow, against: str, expired: Idleness, turn: Turn) -> Finding:
    """Nothing was wrong with the limits: the connections had been idle for too long."""
    return Finding(
        id="keepalive-expiry",
        title=f"{subject.name} opens {row.value:,.0f} new connections per 1000 requests{against}",
        layer=Layer.CONNECT,
        culprits=(),
        claim=(
            "It closes connections that have been idle for a while, and must connect again when it has a request for the "
            "same host."
        ),
        evidence=(
            f"{row.value:.0f} new connections per 1000 requests by the server's own log, after the first round{against}",
            f"of {expired.closed:,} connections that the client closed meanwhile {expired.idle:,} had been "
            f"{idle_for(expired)}",
        ),
        remedy=turn.text,
        falsifier="The claim is wrong if as many connections are opened with a keep-alive expiry ten times as long.",
        mechanism=(
            "With many hosts, or few requests, the next request to a host comes later than the client's keep-alive expiry. "
            "By then the connection is closed."
        ),
        pointer="Close connections that are idle for long, but let the expiry grow with the number of hosts.",
        threads=("encode/httpx#1395",),
        counters=(_ACCEPTED, "connections_opened_per_1000_requests", "handshakes_per_1000_requests"),
        turns=(turn,),
    )


def name_lookups(subject: Subject) -> Finding | None:
    """One name, looked up again and again: the first round has the answer after its first look-up."""
    cold, row = subject.client.cold, subject.counter(_LOOKUPS)
    first = 0 if cold is None or cold.name_lookups is None else cold.name_lookups
    later = 0.0 if row is None else row.value
    if first < _MANY_LOOKUPS and later < _MANY:
        return None
    evidence = [f"{first:,} look-ups of one name in the first round"] if first >= _MANY_LOOKUPS else []
    evidence += [f"{later:,.0f} look-ups per 1000 requests after it"] if later >= _MANY else []
    often = (
        f"{first:,} times in its first round"
        if evidence and first >= _MANY_LOOKUPS
        else f"{later:,.0f} times in 1000 requests"
    )
    return Finding(
        id="name-lookups",
        title=f"{subject.name} looks up one name {often}",
        layer=Layer.CONNECT,
        culprits=(),
        claim=(
            "Each connection that is opened looks the server's name up again; each look-up takes a thread and may ask the "
            "network."
        ),
        evidence=tuple(evidence),
        remedy=(f"{_ONE_FOR_ALL.text} Or run a caching resolver on the machine. {_KEEPS_ANSWERS.text}"),
        turns=(_ONE_FOR_ALL, _KEEPS_ANSWERS),
        falsifier="With the server's address instead of its name in the URL, as many names are looked up.",
        mechanism="The client keeps no answers of the resolver, so look-ups follow connections, not names.",
        pointer="Keep the answer for some seconds, and let requests for one name share one look-up.",
        counters=(_LOOKUPS,),
    )


def client_per_request(subject: Subject) -> Finding | None:
    """A client built for each request: nothing can be reused."""
    built, row = _built(subject), subject.counter(_ACCEPTED)
    if built < _EACH:
        return None
    opened = "" if row is None else f", {row.value:.0f} connections per 1000 requests"
    return Finding(
        id="client-per-request",
        title=f"A {subject.name} client is built for every request",
        layer=Layer.API,
        culprits=(),
        claim="A new client for each request cannot use a connection, a TLS session or a TLS context again.",
        evidence=(f"{built:.2f} clients built per request{opened}",),
        remedy=_SHARE_IT.text,
        turns=(_SHARE_IT,),
        falsifier="The claim is wrong if CPU per request does not fall with one client for all requests.",
        mechanism="Connections belong to the client's pool. When the client is closed, they are closed.",
        pointer="",
        threads=("encode/httpx#838",),
        counters=(_BUILT, _ACCEPTED, _CONTEXTS),
    )


def contexts(subject: Subject) -> Finding | None:
    """A TLS context per client or request, whether TLS is used or not."""
    row = subject.counter(_CONTEXTS)
    if row is None or row.value < _EACH:
        return None
    found = [f for f in subject.client.functions if f.function.rpartition(".")[2] == "create_ssl_context"]
    layer = subject.layer(Layer.TLS)
    cost = found[0].total_us_per_request if found else None if layer is None else layer.cpu_us_per_request
    price = "" if cost is None else f" ({spent(cost)}, {subject.share(cost.value)})"
    return Finding(
        id="ssl-context-per-client",
        title=f"{subject.name} builds {row.value:.1f} TLS contexts per request",
        layer=Layer.TLS,
        culprits=subject.culprits(found[:1]),
        claim=f"Each context reads and parses the whole bundle of certificate authorities{price}.",
        evidence=(
            f"{row.value:.2f} TLS contexts per request, {_built(subject):.2f} clients built per request",
            *_stores(subject),
        ),
        remedy="Build one `ssl.SSLContext` and give it to every client (`verify=context`), or keep one client.",
        falsifier="The claim is wrong if building a client takes as long with one shared context.",
        cost_us_per_request=None if cost is None else cost.value,
        mechanism=(
            "A context is made whenever a client is built, even for http://, and loads every certificate of the bundle."
        ),
        pointer="Build the context when the first https:// connection is opened, and share the default context.",
        threads=("encode/httpx#3473", "python/cpython#95031"),
        counters=(_CONTEXTS, _BUILT),
    )


def growing_tls(subject: Subject) -> Finding | None:
    """A connection's TLS costs the more the more were made before it."""
    costs = subject.client.tls
    if costs is None or costs.growth is None or costs.growth.low is None or costs.growth.low < _GROWING:
        return None
    slope = costs.growth
    return Finding(
        id="tls-cost-grows",
        title=f"Each TLS connection of {subject.name} costs more than the one before",
        layer=Layer.TLS,
        culprits=(),
        claim=(
            "The CPU of a connection's TLS grows with how many were made before it, as their number to the power "
            f"{slope.value:.2f}."
        ),
        evidence=(
            f"the power is {slope.value:.2f}, {slope.low:.2f} at least, over {costs.handshakes:,} handshakes",
            *_stores(subject),
        ),
        remedy="Keep connections open, so that fewer are made; give the client a plain `ssl.SSLContext` made once.",
        falsifier="In a process that has made ten times as many connections, one costs as much.",
        mechanism="Something is added to the shared TLS context for each connection and is gone through for each later one.",
        pointer="Load the trust store once for each context, not once for each connection.",
        threads=("sethmlarson/truststore#212",),
    )


def _built(subject: Subject) -> float:
    """Clients built per request, as counted; where nobody counted, by the clients that TLS was made for."""
    parts = {} if subject.client.tls is None else {part.work: part.count for part in subject.client.tls.parts}
    made, handshakes = parts.get(TlsWork.CLIENT, 0), parts.get(TlsWork.HANDSHAKE, 0)
    row = subject.counter(_ACCEPTED)
    by_tls = 0.0 if row is None or not handshakes else made / handshakes * row.value / 1000
    return max(subject.value(_BUILT), by_tls)


def _stores(subject: Subject) -> tuple[str, ...]:
    """What loading trust stores takes, where that was timed."""
    costs = subject.client.tls
    part = None if costs is None else next((each for each in costs.parts if each.work is TlsWork.STORE), None)
    if part is None or costs is None:
        return ()
    each_ms = part.cpu_us_each.value / 1000
    return (
        f"a trust store loaded takes {each_ms:.1f} ms of CPU; {part.count:,} were, for {costs.handshakes:,} handshakes",
    )


def cold_storm(subject: Subject) -> Finding | None:
    """The first round closes connections that it opens again."""
    cold = subject.client.cold
    if cold is None or cold.connects_by_origin is None or not cold.most_connections_by_origin:
        return None
    # What the server closes by its own rules has to be opened again.
    opened, most = round(cold.connects_by_origin - cold.connections_needed), cold.most_connections_by_origin
    if opened < 1.5 * most or opened - most < 10 or _built(subject) >= _EACH:
        return None
    return Finding(
        id="cold-connect-storm",
        title=f"A new {subject.name} client opens {opened} connections, although at most {most} are open at once",
        layer=Layer.CONNECT,
        culprits=(),
        claim=(
            f"In its first round the client closes connections and opens them again. That round took "
            f"{cold.wall_s.value:,.2f} s and {cold.cpu_us_per_request.value:,.0f} µs of CPU per request."
        ),
        evidence=(f"{opened} connections accepted, at most {most} open at once, by the server's own log",),
        remedy=_FIRST_ROUND.text,
        turns=(_FIRST_ROUND,),
        falsifier=(
            "The claim is wrong if the first round opens as many connections with a keep-alive limit equal to the "
            "connection "
            "limit."
        ),
        mechanism=(
            "While requests are queued, the client treats connections that have just become idle as surplus and closes "
            "them. "
            "The queued requests then open new ones."
        ),
        pointer="Give an idle connection to a queued request before closing surplus ones.",
        threads=("encode/httpcore#1000",),
    )
