"""Clients that could not finish a round in their time: how far they came, and what their figures are then of."""

from collections.abc import Iterator

from clientprof.model.findings import Notice
from clientprof.model.results import ClientResult
from clientprof.model.run import UnfinishedRound

_MINUTE_S, _HOUR_S = 60.0, 3600.0
# Of a round's time: other programs had the core, and the client is not as slow as its rate.
_SHARE_TOLD = 0.2
_STOPPED = (
    "It was stopped when its time was up, or after a sixth of that if all of its requests would clearly take more than "
    "twice as long"
)
_REMEDY = "Send fewer requests with -n, or give it longer with `clientprof trace --timeout S`."


def progress(round_: UnfinishedRound) -> str:
    """``answered A of N requests in S s (Q s in the queue for a core), F failed; at this rate M minutes, T times ...``."""
    failed = f", {round_.failed:,} failed" if round_.failed else ""
    rate = "" if round_.needed_s is None else f"; at this rate {_long(round_.needed_s)}"
    if round_.times_too_long is not None and round_.most_s is not None:
        rate += f", {round_.times_too_long:.1f} times the {round_.most_s:.0f} s that it may take"
    queued_s = round_.queued_s or 0.0
    queued = f" ({queued_s:.0f} s in the queue for a core)" if queued_s > _SHARE_TOLD * round_.seconds else ""
    return f"answered {round_.answered:,} of {round_.of:,} requests in {round_.seconds:.0f} s{queued}{failed}{rate}"


def unfinished_notices(client: ClientResult) -> Iterator[Notice]:
    """One for a first round that was broken off, one for a later one."""
    if client.unfinished is not None:
        yield Notice(
            "unfinished",
            f"{client.name} {progress(client.unfinished)}.",
            f"{_STOPPED}, and its figures are of what was done until then: costs per request are the least that they can "
            f"be. {_REMEDY}",
        )
    if client.unfinished_cold is not None:
        later = "" if client.unfinished is not None else " Later rounds, with open connections, were finished."
        yield Notice(
            "cold-unfinished",
            f"The first round of a new {client.name} client {progress(client.unfinished_cold)}.{later}",
            f"{_STOPPED}, and there is no cold round of this client. {_REMEDY}",
        )


def _long(seconds: float) -> str:
    if seconds >= 2 * _HOUR_S:
        return f"{seconds / _HOUR_S:,.0f} hours"
    return f"{seconds / _MINUTE_S:.0f} minutes" if seconds >= 2 * _MINUTE_S else f"{seconds:.0f} s"
