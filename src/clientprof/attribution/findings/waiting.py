"""Requests that waited too long, and what they waited for."""

from clientprof.attribution.findings.subject import Subject
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer


def timeouts(subject: Subject) -> Finding | None:
    """Requests that ended in a timeout of the client's own."""
    control = subject.client.control
    errors = {} if control is None else control.errors
    count = sum(number for kind, number in errors.items() if "Timeout" in kind)
    if control is None or not count:
        return None
    kinds = ", ".join(kind for kind in errors if "Timeout" in kind)
    requests = sum(errors.values()) + control.ok
    pool = "PoolTimeout" in errors
    if pool:
        layer, what = Layer.POOL, "Requests queued for a connection"
        remedy = "Raise the pool timeout, or admit fewer requests at once (a semaphore), or raise the connection limit."
        mechanism = (
            "Requests beyond the connection limit wait for those before them, (requests / limit) times "
            "the latency for the last, "
            "and the loop's own work comes on top. Where a wait is longer than the pool timeout, it "
            "fails without being sent."
        )
    else:
        layer, what = Layer.IO, "Requests waited for the server, or for the loop to get round to its answer,"
        remedy = "See in the ledger which of the two it was; then raise the timeout, or admit fewer requests at once."
        mechanism = "A timeout counts the time in which the answer is here and the loop is busy with other requests."
    return Finding(
        id="pool-timeout" if pool else "timeouts",
        title=f"{count} requests of {subject.name} ended in {kinds}",
        layer=layer,
        culprits=(),
        claim=f"{what} longer than the client's own timeout.",
        evidence=(f"{count} of {requests} measured requests",),
        remedy=remedy,
        falsifier="With that timeout off, the same requests still fail.",
        mechanism=mechanism,
        pointer="Do not count the wait for a connection against a default meant for a server's silence."
        if pool
        else "",
        threads=("encode/httpx#1171",) if pool else (),
    )


def loop_bound(subject: Subject) -> Finding | None:
    """The loop hardly ever idles: it, and not the server, sets the pace."""
    ledger = subject.client.ledger
    if ledger is None or ledger.loop_idle_us is None or ledger.callbacks_per_request is None:
        return None
    busy = sum(ledger.loop_busy_us.values())
    if busy <= 0 or ledger.loop_idle_us > 0.1 * (busy + ledger.loop_idle_us):
        return None
    culprit, us = max(ledger.loop_busy_us.items(), key=lambda item: item[1])
    return Finding(
        id="loop-bound",
        title=f"The event loop, not the server, is the bottleneck under {subject.name}",
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
        mechanism="All requests of one loop share one thread: what one of them computes, all others wait for.",
        counters=("loop_callbacks_per_request",),
    )
