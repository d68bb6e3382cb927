"""Requests that waited too long, and what they waited for."""

from clientprof.attribution.findings.subject import Subject
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
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
        layer, what = Layer.POOL, "Requests waited for a free connection for"
        turns = (
            Turn(Knob.REQUESTS, Way.DOWN, "Send fewer requests at once (a semaphore around the calls)."),
            Turn(Knob.POOL_TIMEOUT, Way.UP, "Or raise the pool timeout."),
        )
        first = ""
        mechanism = (
            "Requests beyond the connection limit wait for those before them. The last one waits (requests / limit) "
            "times the "
            "latency, plus the time that the client itself computes. A request that waits longer than the pool timeout "
            "fails "
            "without being sent."
        )
    else:
        layer, what = Layer.IO, "Requests waited for the server, or for the event loop to read its answer, for"
        turns = (
            Turn(Knob.REQUESTS, Way.DOWN, "Send fewer requests at once."),
            Turn(Knob.TIMEOUT, Way.UP, "If it was the server, raise the timeout."),
        )
        first = "See in the phases which of the two it was. "
        mechanism = (
            "A timeout also counts the time in which the answer has arrived and the loop is busy with other requests."
        )
    return Finding(
        id="pool-timeout" if pool else "timeouts",
        title=f"{count} requests of {subject.name} failed with {kinds}",
        layer=layer,
        culprits=(),
        claim=f"{what} longer than the client's timeout allows.",
        evidence=(f"{count} of {requests} measured requests",),
        remedy=first + " ".join(turn.text for turn in turns),
        falsifier="The claim is wrong if the same requests still fail without that timeout.",
        mechanism=mechanism,
        pointer="Do not apply a default that is meant for a silent server to the wait for a connection."
        if pool
        else "",
        threads=("encode/httpx#1171",) if pool else (),
        turns=turns,
    )


def loop_bound(subject: Subject) -> Finding | None:
    """The loop is hardly ever idle: it, and not the server, sets the pace."""
    ledger = subject.client.ledger
    if ledger is None or ledger.loop_idle_us is None or ledger.callbacks_per_request is None:
        return None
    busy = sum(ledger.loop_busy_us.values())
    if busy <= 0 or ledger.loop_idle_us > 0.1 * (busy + ledger.loop_idle_us):
        return None
    culprit, us = max(ledger.loop_busy_us.items(), key=lambda item: item[1])
    return Finding(
        id="loop-bound",
        title=f"With {subject.name} the event loop is the bottleneck, not the server",
        layer=culprit,
        culprits=(),
        claim=(
            f"The loop was idle for only {percent(ledger.loop_idle_us / (busy + ledger.loop_idle_us))} of the time, so "
            "requests wait "
            f"for it. Layer {culprit} held it longest ({percent(us / busy)})."
        ),
        evidence=(
            f"{busy:,.0f} µs of loop time per request, {ledger.loop_idle_us:,.0f} µs idle",
            f"{ledger.callbacks_per_request:.1f} callbacks per request",
        ),
        remedy="Make each request cheaper, or use more processes. A faster server changes nothing.",
        falsifier="The claim is wrong if requests per second rise with a server that is twice as fast.",
        mechanism="All requests of one event loop share one thread: while one of them computes, all others wait.",
        counters=("loop_callbacks_per_request",),
    )
