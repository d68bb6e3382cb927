"""Rules about connections: never given back, too few, not used again, and names looked up for each of them."""

from collections.abc import Iterator

import numpy as np

from clientprof.attribution.programs.program_counters import counted
from clientprof.attribution.programs.rules.evidence import Evidence, connecting_us, finding, place, waited_share
from clientprof.attribution.programs.rules.remedies import close_response, lift_limit, one_client
from clientprof.attribution.programs.rules.under_way import share_of_one_at_a_time
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.host_names import is_name
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.recording import WITHOUT_POOL, ClientName
from clientprof.model.programs.results import FoundSettings, HeldConnections, Holder, SiteResult

# A pool that makes requests wait for this share of their time is worth a finding, if the loop could do more.
_POOL_SHARE = 0.2
_BUSY = 0.8
FEW = 20
# New connections per 1,000 requests: keep-alive is lost above it.
OPENED = 200.0
_LOOKED_UP = 200.0
_STARVES = "when all are held, every request waits and then fails."
_ONE_CLIENT = Turn(
    Knob.LIFETIME, Way.UP, "Build one client when the program starts, share it, and close it at the end."
)


def never_closed(evidence: Evidence) -> Iterator[Finding]:
    """Responses that are never closed keep their connections until the pool has none left."""
    for row in evidence.held:
        if not row.leaked:
            continue
        starved = sum(each.count for each in evidence.timeouts if each.verdict == "pool")
        limit = "" if row.limit is None else f" The pool has {row.limit}."
        facts = [
            f"{row.leaked:,} of {row.holds:,} connections taken there were not given back",
            *([] if row.oldest_s is None else [f"the oldest has been held for {row.oldest_s:.1f} s"]),
            *([f"{starved:,} requests failed because the pool had none free, a consequence"] if starved else []),
        ]
        site = _site_of(evidence, row)
        yield finding(
            "response-never-closed",
            f"{row.leaked:,} responses were never closed at {place(row.file, row.line, row.function)}",
            Layer.POOL,
            (row.file, row.line, row.function),
            "Each keeps a connection for good; "
            + ("the program may run out of file descriptors." if _without_pool(site) else f"{_STARVES}{limit}"),
            facts,
            "Close each response in every case, also if its status is not accepted or an exception is raised."
            + _perhaps_between(site),
            "The claim is wrong if connections stay in use when nothing is requested, although the responses are closed.",
            code=close_response(site.client.name if site else ""),
            turns=(Turn(Knob.CONNECTIONS, Way.NOT_UP, of=place(row.file, row.line)),),
        )


def _without_pool(site: SiteResult | None) -> bool:
    return site is not None and site.client.name in WITHOUT_POOL


def _perhaps_between(site: SiteResult | None) -> str:
    """What else to look at where packages stand between the program and the client: they get responses of their own."""
    if site is None or not site.through:
        return ""
    names = " and ".join(site.through)
    return (
        f" If the program closes every response that it is given, {names} may let go of some, such as those of repeated "
        "attempts: make sure that they are read or closed there."
    )


def pool_too_small(evidence: Evidence) -> Iterator[Finding]:
    """Requests wait for a connection while the loop is idle: more connections would help."""
    if evidence.loop_busy_share > _BUSY:
        return  # a loop without time to spare serves no more connections
    for row in evidence.held:
        site = _site_of(evidence, row)
        if site is None or row.limit is None or not row.full or row.leaked:
            continue
        share = waited_share(site, Phase.POOL)
        if share < _POOL_SHARE:
            continue
        waited, idle = share * site.wall_us, 1 - evidence.loop_busy_share
        wanted = max((each.most_in_flight for each in evidence.settings if each.settings.bound == row.limit), default=0)
        host = " to one host" if row.one_host else ""
        more = Turn(
            Knob.CONNECTIONS,
            Way.UP,
            f"Allow as many connections{host} as requests are in flight, {wanted:,} here, if the server agrees.",
            of=place(row.file, row.line),
        )
        yield finding(
            "fewer-connections-than-requests",
            f"{row.limit} connections{host} are allowed, up to {wanted:,} requests want one at "
            f"{place(row.file, row.line, row.function)}",
            Layer.POOL,
            (row.file, row.line, row.function),
            f"A request waits {waited / 1e3:,.1f} of its {site.wall_us / 1e3:,.1f} ms for a free connection.",
            [
                f"all {row.limit} connections were in use at once, each for {row.mean_ms:,.1f} ms on average",
                f"while requests were in flight, the busiest event loop was idle {percent(idle)} of the time",
            ],
            more.text + _perhaps_an_option_of(site.through),
            "The claim is wrong if requests wait as long for a connection with that limit.",
            off_cpu_us=evidence.over_all(waited, site.requests),
            code=lift_limit(site.client.name, wanted, one_host=row.one_host),
            turns=(more,),
        )


def names_again(evidence: Evidence) -> Iterator[Finding]:
    """Names looked up again and again."""
    names = [number for number, host in enumerate(evidence.facts.hosts) if is_name(host)]
    took_ns: list[int] = []
    hosts: set[int] = set()
    rows = 0
    for lane in evidence.lanes:
        start, end, host = (lane.integers(f"lookup.{name}") for name in ("started_ns", "ended_ns", "host"))
        rows += len(host)
        named = np.isin(host, names)
        hosts |= set(host[named].tolist())
        took_ns += np.maximum(0, end - start)[named].tolist()
    if not took_ns or evidence.requests < FEW:
        return
    # All were counted, not all need have kept their row.
    lookups = round((counted(evidence.facts, evidence.lanes, "lookups") or 0) * len(took_ns) / rows)
    # The first look-up of each host, and of each connection that was in use at once, had to be made.
    needless = lookups - max(len(hosts), sum(row.most for row in evidence.held))
    if 1000 * needless / evidence.requests < _LOOKED_UP:
        return
    busiest = max(evidence.call_sites, key=lambda site: site.requests)
    mean_us = sum(took_ns) / 1e3 / len(took_ns)
    of_hosts = "1 host" if len(hosts) == 1 else f"{len(hosts):,} hosts"
    yield finding(
        "names-looked-up-again",
        f"{lookups:,} name look-ups for {of_hosts} and {evidence.requests:,} requests",
        Layer.CONNECT,
        (busiest.file, busiest.line, busiest.function),
        f"Each takes {mean_us / 1e3:,.2f} ms. Event loops have names looked up in a small pool of threads, where many at "
        "once have to queue; other resolvers ask by themselves.",
        [
            f"{1000 * needless / evidence.requests:,.0f} look-ups per 1,000 requests beyond the first of each host and of "
            "each connection in use at once"
        ],
        "Keep connections, which need no look-up. Where hosts are many, use a client that caches names.",
        "The claim is wrong if there are as many look-ups although connections are kept.",
        off_cpu_us=evidence.over_all(mean_us, lookups),
    )


def of_an_sdk(holder: Holder, evidence: Evidence) -> tuple[int, str] | None:
    """Where most of what the holder computes is a package's that makes the program's requests: the line to name, and what to
    do; None elsewhere. No pool of processes can take that over.

    An SDK that builds a client for each call takes more for its own than for the one below, and nobody tells that from its
    other work: then it is the line at which it does.
    """
    if not any(holder.calls in site.through for site in evidence.call_sites):
        return None
    for row, used, *_ in _built_again(evidence):
        function = _builder(evidence, row.file, row.line)
        if holder.calls in used[0].through and (holder.file, holder.function) == (row.file, function):
            return row.line, (
                f"Most of it is in {holder.calls}, which builds a client here for each call: share one, and see what is "
                "left."
            )
    return holder.line, (
        f"Most of it is in {holder.calls}, which makes the requests: have it do less for each, or let several processes "
        "make them."
    )


def _built_again(evidence: Evidence) -> Iterator[tuple[FoundSettings, list[SiteResult], int, bool]]:
    """Where clients are built for each call or few, with their call sites, how many requests they made, and whether each
    made two at most."""
    for row in evidence.settings:
        used = [each for each in evidence.call_sites if each.client == row.client]
        requests = sum(each.requests for each in used)
        # One for each thread is what many clients ask for.
        spare = row.instances - threads_of(evidence, row.client)
        each_call = requests <= 2 * row.instances
        if spare >= FEW // 2 and used and (each_call or _of_their_own(evidence, row.client)):
            yield row, used, requests, each_call


def client_per_call(evidence: Evidence) -> Iterator[Finding]:
    """A client built for each call, or few: its connections end with it, and each loads its TLS settings."""
    for row, used, requests, each_call in _built_again(evidence):
        built_us = _mean_building_us(evidence, row.file, row.line)
        made_us = sum(each.requests * connecting_us(each.phases) for each in used) / requests if requests else 0.0
        yield finding(
            "client-per-call",
            f"{row.instances:,} clients of {row.client.name} were built at {place(row.file, row.line)} for {requests:,} "
            "requests",
            Layer.API,
            (row.file, row.line, _builder(evidence, row.file, row.line)),
            f"Building one takes {built_us / 1e3:,.2f} ms, and "
            f"{'none of its connections is used again' if each_call else 'its connections end with it'}: making one takes "
            f"{made_us / 1e3:,.2f} ms of each request.",
            [f"{row.instances:,} client objects, {requests:,} requests that ended"],
            _ONE_CLIENT.text + _perhaps_built_by(used[0].through) + _of_one_loop(evidence, row.client),
            "The claim is wrong if the time of a request does not fall with one shared client.",
            cost_us=evidence.over_all(built_us, row.instances),
            off_cpu_us=evidence.over_all(made_us, requests) or None,
            code=one_client(row.client.name),
            turns=(_ONE_CLIENT,),
        )


def _perhaps_built_by(packages: tuple[str, ...]) -> str:
    """What is to be shared where packages stand between the program and the client: an SDK builds one of its own."""
    if not packages:
        return ""
    return f" If {' or '.join(packages)} builds it, make one client of that package and share it."


def _perhaps_an_option_of(packages: tuple[str, ...]) -> str:
    """Where to set what packages set for the client that they build."""
    return f" If {packages[0]} builds the client, look for this limit among its own options." if packages else ""


def _of_one_loop(evidence: Evidence, client: ClientName) -> str:
    """What else to change where each call may run an event loop of its own: one after the other, or in several threads."""
    if client.blocking:
        return ""
    loops = [lane for lane in evidence.lanes if lane.is_loop and lane.count]
    if len(loops) < 2 and not share_of_one_at_a_time(evidence):
        return ""
    return (
        " A client can be used on one event loop only: where each call runs its own (`asyncio.run`), keep one loop, "
        "too, for all calls."
    )


def threads_of(evidence: Evidence, client: ClientName) -> int:
    """How many threads without a loop made requests with the client; 1 where none did."""
    found: set[tuple[int, int]] = set()
    for lane in evidence.lanes:
        if lane.is_loop:
            continue
        threads, clients = lane.of_exchanges("thread"), lane.of_exchanges("client")
        mine = [place for place, each in enumerate(evidence.facts.clients) if each == client]
        found |= {(lane.facts.process, thread) for thread in np.unique(threads[np.isin(clients, mine)]).tolist()}
    return max(1, len(found))


def built_per_call(evidence: Evidence, site: SiteResult) -> bool:
    built = sum(row.instances for row in evidence.settings if row.client == site.client)
    return built >= FEW // 2 and (site.requests <= 2 * built or _of_their_own(evidence, site.client))


def _of_their_own(evidence: Evidence, client: ClientName) -> bool:
    """Whether its connections are new because its objects are: more are opened than one object would need, and no more than
    all of them need, each for what it has in flight at once."""
    sites = [each for each in evidence.call_sites if each.client == client]
    requests = sum(each.requests for each in sites)
    places = {(each.file, each.line) for each in sites}
    needed = sum(row.most for row in evidence.held if (row.file, row.line) in places)
    opened = sum((each.connects_per_1000 or 0.0) * each.requests for each in sites) / 1000
    rows = [row for row in evidence.settings if row.client == client]
    of_each = sum(row.instances * row.most_in_flight for row in rows)
    return requests >= FEW and 1000 * (opened - needed) / requests >= OPENED and opened <= of_each


def _built_at(evidence: Evidence, file: str, line: int) -> list[tuple[str, float]]:
    """The function and the microseconds of each client that was built there."""
    built = [each for instances in evidence.instances.by_process.values() for each in instances]
    sites = [evidence.sites.site(instance.site) for instance in built]
    return [
        (site.function, instance.built_us)
        for site, instance in zip(sites, built, strict=True)
        if (site.file, site.line) == (file, line)
    ]


def _builder(evidence: Evidence, file: str, line: int) -> str:
    return next((function for function, _ in _built_at(evidence, file, line)), "")


def _mean_building_us(evidence: Evidence, file: str, line: int) -> float:
    took = [built_us for _, built_us in _built_at(evidence, file, line)]
    return sum(took) / len(took) if took else 0.0


def _site_of(evidence: Evidence, row: HeldConnections) -> SiteResult | None:
    return next(
        (
            site
            for site in evidence.call_sites
            if (site.file, site.line, site.peer, site.peers) == (row.file, row.line, row.peer, row.peers)
        ),
        None,
    )
