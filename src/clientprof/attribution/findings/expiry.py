"""How long idle connections are kept: one piece of advice for all findings about it, from what both ends closed."""

from clientprof.attribution.findings.subject import Subject
from clientprof.model.failures import Idleness
from clientprof.model.knobs import Knob, Turn, Way


def closed_by_a_clock(subject: Subject) -> Idleness | None:
    """The connections that the client closed, where most of them had been idle for seconds; None otherwise."""
    closings = subject.client.closings
    return closings.by_client if closings is not None and closings.by_client.by_clock else None


def keep_idle(subject: Subject) -> Turn | None:
    """Where to set the keep-alive expiry; None where no clock closed a connection.

    A server that closes idle connections itself sets the bound: a request that is sent at that moment fails.
    """
    closings = subject.client.closings
    if closings is None:
        return None
    if closings.by_server.idle:
        text = (
            f"Set the client's keep-alive expiry below {closings.by_server.shortest_s or 0.0:,.1f} s: from then on the "
            "server closes idle connections."
        )
        return Turn(Knob.EXPIRY, Way.DOWN, text)
    if not closings.by_client.by_clock:
        return None
    text = (
        f"Raise the client's keep-alive expiry, {closings.by_client.shortest_s or 0.0:,.1f} s here, above the pause "
        "between two requests to one host, but not above the time after which the server closes idle connections."
    )
    return Turn(Knob.EXPIRY, Way.UP, text)


def idle_for(closed: Idleness) -> str:
    """``idle for 5.0 s or more, 6.1 s in the median``."""
    return f"idle for {closed.shortest_s or 0.0:,.1f} s or more, {closed.median_s or 0.0:,.1f} s in the median"
