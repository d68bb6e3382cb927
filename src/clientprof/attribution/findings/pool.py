"""The connection pool: passes, double assignment, walks over all connections, polls, locks that yield."""

from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost

_PASSES, _ASSIGNED = "pool_passes_per_request", "assignments_per_request"
_POLLS, _LOCKS = "socket_polls_per_request", "lock_acquisitions_per_request"
_MORE = 1.25
_TWICE = 1.05
_WALKED = 10.0  # connections looked at in one pass: fewer are not a walk
_POLLING = ("has_expired", "is_socket_readable", "wait_for_socket")
_YIELDING = ("cancel_shielded_checkpoint", "checkpoint")
_LOCKING = ("Lock.acquire", "Lock.__aenter__")


def passes(subject: Subject) -> Finding | None:
    """More passes than a request needs; named after its cause where connections are handed out twice."""
    row, layer = subject.counter(_PASSES), subject.layer(Layer.POOL)
    if row is None or row.expected is None or layer is None or not subject.exceeds(_PASSES, _MORE):
        return None
    twice = subject.exceeds(_ASSIGNED, _TWICE)
    functions = subject.in_layer(Layer.POOL)
    whole = max(functions, key=lambda function: function.total_us_per_request.value, default=None)
    named = [function for function in functions if function.function.rpartition(".")[2].startswith("_assign")]
    evidence = [f"{row.value:.2f} pool passes per request, {row.expected:g} are enough"]
    if twice:
        again = f"{subject.value(_ASSIGNED):.2f} assignments per request: connections were handed out more than once"
        evidence.append(again)
    cost = layer.cpu_us_per_request
    return Finding(
        id="double-assignment" if twice else "pool-passes",
        title=f"{subject.name}'s pool walks its connections {row.value:.1f} times per request",
        layer=Layer.POOL,
        culprits=subject.culprits((named or ([whole] if whole else []))[:1]),
        claim=(
            f"The pool takes {subject.share(cost.value)} ({spent(cost)}) in passes over all connections and queued requests"
            + (f"; a request is handed to a connection {subject.value(_ASSIGNED):.1f} times." if twice else ".")
        ),
        evidence=tuple(evidence),
        remedy=(
            "Keep fewer requests queued on one client (a semaphore around the calls, or more clients), or use another "
            "transport."
        ),
        falsifier="With as many connections as requests in flight, the passes per request stay as they are.",
        cost_us_per_request=cost.value,
        mechanism=(
            "A connection given to one queued request still looks idle until that request has begun to use it, so a pass "
            "gives it to the next one too; all but one fail, queue again, and cause another pass each."
            if twice
            else "Every request that is queued or released makes the pool look at its connections and its queue again."
        ),
        pointer=(
            "Reserve an idle HTTP/1.1 connection for the request that it was assigned to, until that request uses it, and "
            "end the pass when no connection is left to give: with the reservation alone more requests stay queued, and "
            "each pass walks them all."
        ),
        threads=("pydantic/httpx2#1075",) if twice else ("encode/httpcore#924", "encode/httpcore#1035"),
        counters=(_PASSES, _ASSIGNED),
    )


def scan(subject: Subject) -> Finding | None:
    """Each pass asks every connection, so a request costs more the more connections there are."""
    layer, rounds = subject.layer(Layer.POOL), subject.counter(_PASSES)
    if layer is None or rounds is None or rounds.value <= 0 or not subject.significant(layer.cpu_us_per_request):
        return None
    asked = [
        (function, function.calls_per_request / rounds.value)
        for function in subject.in_layer(Layer.POOL)
        if function.calls_per_request is not None and function.origin == "package"
    ]
    walked = sorted((pair for pair in asked if pair[1] >= _WALKED), key=lambda pair: -pair[1])
    if not walked:
        return None
    most, per_pass = walked[0]
    whole = max(walked, key=lambda pair: pair[0].total_us_per_request.value)[0]
    cost = layer.cpu_us_per_request
    return Finding(
        id="pool-scan",
        title=f"{subject.name}'s pool makes {per_pass:,.0f} calls of one function in a pass",
        layer=Layer.POOL,
        culprits=subject.culprits(list(dict.fromkeys((most, whole)))),
        claim=(
            f"Each pass asks connections one by one: {most.module}.{most.function} is called "
            f"{most.calls_per_request or 0.0:,.0f} times per request, {per_pass:,.0f} times a pass. The pool takes "
            f"{subject.share(cost.value)} ({spent(cost)})."
        ),
        evidence=tuple(
            f"{function.function}: {function.calls_per_request or 0.0:,.0f} calls per request"
            for function, _ in walked[:4]
        ),
        remedy="Lower the connection limit, or spread the requests over several clients: fewer connections, shorter passes.",
        falsifier="With a tenth of the connections, the pool's CPU per request stays as it is.",
        cost_us_per_request=cost.value,
        mechanism=(
            "The pool keeps its connections in one list and asks each of them whether it is idle, available or expired, "
            "instead of keeping idle connections apart by origin."
        ),
        pointer="Keep idle connections in a structure of their own, by origin, so that a pass costs the "
        "same for any number.",
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
        title=f"{subject.name} polls {row.value:.0f} sockets per request",
        layer=function.layer,
        culprits=subject.culprits((function,)),
        claim=f"Asking idle connections whether the server closed them takes {subject.share(cost.value)} ({spent(cost)}).",
        evidence=(f"{row.value:.1f} sockets polled per request, {row.expected:g} is enough",),
        remedy="Lower the keep-alive limit or the connection limit: fewer idle connections, fewer polls.",
        falsifier="With the poll patched to say `not readable`, CPU per request does not fall.",
        cost_us_per_request=cost.value,
        mechanism=(
            "Each pass asks every idle connection whether it has expired, and that asks the operating system about its "
            "socket, though only the connection about to be reused needs an answer."
        ),
        pointer="Poll a connection when it is about to be reused, once; the transport is told of a closed socket anyway.",
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
        title=f"Locks of {subject.name} that are free give the loop a turn before they are taken",
        layer=locks.layer,
        culprits=subject.culprits((locks, yields)),
        claim=(
            f"Taking locks costs {spent(cost)} ({subject.share(cost.value)}), and what it costs besides is larger: while a "
            f"request waits for its turn its connection looks idle, and {subject.value(_ASSIGNED):.1f} requests are "
            "assigned for one that goes out."
        ),
        evidence=(
            f"{held:.1f} lock acquisitions per request",
            f"{yields.function}: {yields.calls_per_request or 0.0:.1f} calls per request",
            f"{subject.value(_ASSIGNED):.2f} assignments per request, 1 is enough",
        ),
        remedy="None in the application but fewer requests at once per client.",
        falsifier="With a lock that does not yield when it is free, assignments per request stay as they are.",
        cost_us_per_request=cost.value,
        mechanism="An asynchronous lock that checks for cancellation by yielding lets other tasks run "
        "although nobody holds it.",
        pointer="Take a free lock without a turn of the loop (anyio: `Lock(fast_acquire=True)`), or mark "
        "the connection first.",
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
