"""The connection pool: passes, double assignment, scans of all connections, polls, locks that yield."""

from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost

_PASSES, _ASSIGNED = "pool_passes_per_request", "assignments_per_request"
_POLLS, _LOCKS = "socket_polls_per_request", "lock_acquisitions_per_request"
_MORE = 1.25
_TWICE = 1.05
_SCANNED = 10.0  # connections looked at in one pass: fewer are not a scan
_POLLING = ("has_expired", "is_socket_readable", "wait_for_socket")
_YIELDING = ("cancel_shielded_checkpoint", "checkpoint")
_LOCKING = ("Lock.acquire", "Lock.__aenter__")
_LONGER = Turn(
    Knob.CONNECTIONS, Way.NOT_UP, "Do not raise the connection limit: each pass gets longer with every connection."
)
_POLLED = Turn(Knob.KEPT, Way.NOT_UP, "Do not raise the keep-alive limit: more idle connections are polled.")


def passes(subject: Subject) -> Finding | None:
    """More passes than a request needs; named after its cause where connections are handed out twice."""
    row, layer = subject.counter(_PASSES), subject.layer(Layer.POOL)
    if row is None or row.expected is None or layer is None or not subject.exceeds(_PASSES, _MORE):
        return None
    twice = subject.exceeds(_ASSIGNED, _TWICE)
    functions = subject.in_layer(Layer.POOL)
    whole = max(functions, key=lambda function: function.total_us_per_request.value, default=None)
    named = [function for function in functions if function.function.rpartition(".")[2].startswith("_assign")]
    evidence = [f"{row.value:.2f} pool passes per request; {row.expected:g} are enough"]
    if twice:
        again = (
            f"{subject.value(_ASSIGNED):.2f} assignments per request; 1 is enough: connections were given out more "
            "than once"
        )
        evidence.append(again)
    cost = layer.cpu_us_per_request
    return Finding(
        id="double-assignment" if twice else "pool-passes",
        title=(
            f"{subject.name}'s pool assigns each request a connection {subject.value(_ASSIGNED):.1f} times; once is enough"
            if twice
            else f"{subject.name}'s pool scans all its connections {row.value:.1f} times per request"
        ),
        layer=Layer.POOL,
        culprits=subject.culprits((named or ([whole] if whole else []))[:1]),
        claim=(
            f"The pool takes {subject.share(cost.value)} ({spent(cost)}), because it scans all connections and queued "
            "requests "
            + (
                f"again and again; each request is given a connection {subject.value(_ASSIGNED):.1f} times."
                if twice
                else "again and again."
            )
        ),
        evidence=tuple(evidence),
        remedy="Another transport or client avoids this pool.",
        falsifier="The claim is wrong if passes per request stay the same when there are as many connections as requests.",
        cost_us_per_request=cost.value,
        mechanism=(
            "A connection that was given to a queued request looks idle until that request begins to use it. So the pool "
            "gives it to other requests as well. All but one of them fail, queue again, and each causes another pass."
            if twice
            else "Whenever a request is queued or released, the pool scans all its connections and its queue."
        ),
        pointer=(
            "Make two changes together. Reserve an idle HTTP/1.1 connection for the request that it was given to, and "
            "end the "
            "pass when no connection is left to give. The reservation alone can make it worse: more requests then stay "
            "queued, and each pass scans them all. `clientprof explain --suspect double-assignment` measures that."
        ),
        threads=("pydantic/httpx2#1075",) if twice else ("encode/httpcore#924", "encode/httpcore#1035"),
        counters=(_PASSES, _ASSIGNED),
    )


def scan(subject: Subject) -> Finding | None:
    """Each pass looks at every connection, so a request costs more the more connections there are."""
    layer, rounds = subject.layer(Layer.POOL), subject.counter(_PASSES)
    if layer is None or rounds is None or rounds.value <= 0 or not subject.significant(layer.cpu_us_per_request):
        return None
    asked = [
        (function, function.calls_per_request / rounds.value)
        for function in subject.in_layer(Layer.POOL)
        if function.calls_per_request is not None and function.origin == "package"
    ]
    scanned = sorted((pair for pair in asked if pair[1] >= _SCANNED), key=lambda pair: -pair[1])
    if not scanned:
        return None
    most, per_pass = scanned[0]
    whole = max(scanned, key=lambda pair: pair[0].total_us_per_request.value)[0]
    cost = layer.cpu_us_per_request
    return Finding(
        id="pool-scan",
        title=f"{subject.name}'s pool checks its connections one by one, with {per_pass:,.0f} calls in each pass",
        layer=Layer.POOL,
        culprits=subject.culprits(list(dict.fromkeys((most, whole)))),
        claim=(
            f"{most.module}.{most.function} is called {most.calls_per_request or 0.0:,.0f} times per request, "
            f"{per_pass:,.0f} times in each pass. The pool takes {subject.share(cost.value)} ({spent(cost)})."
        ),
        evidence=tuple(
            f"{function.function}: {function.calls_per_request or 0.0:,.0f} calls per request"
            for function, _ in scanned[:4]
        ),
        remedy=f"Another transport or client avoids this pool. {_LONGER.text}",
        turns=(_LONGER,),
        falsifier="The claim is wrong if the pool's CPU per request stays the same with a tenth of the connections.",
        cost_us_per_request=cost.value,
        mechanism=(
            "The pool keeps all connections in one list, and in each pass checks every one of them: is it idle, available, "
            "expired? It does not keep idle connections apart."
        ),
        pointer=(
            "Keep idle connections in a structure of their own, by origin (scheme, host and port), so that a pass "
            "costs the "
            "same however many there are."
        ),
        threads=("encode/httpcore#924", "encode/httpcore#929", "pydantic/httpx2#974", "pydantic/httpx2#1169"),
        counters=(_PASSES, _ASSIGNED),
    )


def polls(subject: Subject) -> Finding | None:
    """The sockets of idle connections are polled in every pass."""
    row = subject.counter(_POLLS)
    if row is None or row.expected is None or not subject.exceeds(_POLLS, 1.5):
        return None
    function = _costliest(subject, _POLLING)
    cost = None if function is None else function.total_us_per_request
    if function is None or cost is None or not subject.significant(cost):
        return None
    return Finding(
        id="socket-poll",
        title=f"{subject.name} asks the operating system about {row.value:.0f} sockets per request",
        layer=function.layer,
        culprits=subject.culprits((function,)),
        claim=f"Checking whether the server closed idle connections takes {subject.share(cost.value)} ({spent(cost)}).",
        evidence=(f"{row.value:.1f} sockets polled per request; {row.expected:g} is enough",),
        remedy=f"Another transport or client avoids this pool. {_POLLED.text}",
        turns=(_POLLED,),
        falsifier=(
            "The claim is wrong if CPU per request does not fall when the poll is patched to return `not readable` at "
            "once."
        ),
        cost_us_per_request=cost.value,
        mechanism=(
            "Each pass checks every idle connection for expiry, and each check polls a socket. Only the connection "
            "that is about "
            "to be used again needs that check."
        ),
        pointer="Poll a connection once, when it is about to be used again. The transport learns of a closed socket anyway.",
        threads=("encode/httpcore#928",),
        counters=(_POLLS, _PASSES),
    )


def lock_yield(subject: Subject) -> Finding | None:
    """A free lock gives the loop a turn before it is taken; meanwhile the pool hands the connection out again."""
    held = subject.value(_LOCKS)
    yields = _costliest(subject, _YIELDING)
    if held < 1 or yields is None or (yields.calls_per_request or 0.0) < 0.5:
        return None
    locks = _costliest(subject, _LOCKING)
    if not subject.exceeds(_ASSIGNED, _TWICE) or locks is None:
        return None
    cost = locks.total_us_per_request
    if cost.low is None or cost.low <= 0:
        return None
    return Finding(
        id="lock-yield",
        title=f"{subject.name} gives other tasks a turn each time it takes a lock, even a free one",
        layer=locks.layer,
        culprits=subject.culprits((locks, yields)),
        claim=(
            f"Taking locks costs {spent(cost)} ({subject.share(cost.value)}). The consequence costs more: while a "
            "request waits "
            f"for its turn, its connection looks idle, so each request is given a connection "
            f"{subject.value(_ASSIGNED):.1f} times."
        ),
        evidence=(
            f"{held:.1f} lock acquisitions per request",
            f"{yields.function}: {yields.calls_per_request or 0.0:.1f} calls per request",
            f"{subject.value(_ASSIGNED):.2f} assignments per request; 1 is enough",
        ),
        remedy="Another transport or client avoids these locks. Nothing helps from outside the library.",
        falsifier=(
            "The claim is wrong if assignments per request stay the same with a lock that does not yield when it is "
            "free."
        ),
        cost_us_per_request=cost.value,
        mechanism=(
            "To check for cancellation, the lock yields to the event loop before it is taken, although nobody holds "
            "it. "
            "Other tasks run in between."
        ),
        pointer=(
            "Take a free lock without yielding (anyio: `Lock(fast_acquire=True)`), or mark the connection as taken "
            "first."
        ),
        threads=("encode/httpx#3215", "encode/httpcore#922", "encode/httpcore#953"),
        counters=(_LOCKS, _ASSIGNED, "loop_callbacks_per_request"),
    )


def _costliest(subject: Subject, endings: tuple[str, ...]) -> FunctionCost | None:
    """The function with one of these names that costs most, all below it included."""
    found = [
        function
        for function in subject.client.functions
        if any(function.function == ending or function.function.endswith(f".{ending}") for ending in endings)
        or any("." in ending and function.function.endswith(ending) for ending in endings)
    ]
    return max(found, key=lambda function: function.total_us_per_request.value, default=None)
