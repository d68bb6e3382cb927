"""Clients that could not finish a round in their time: how far they came, and what their figures are then of."""

from collections.abc import Iterator

from clientprof.model.findings import Notice
from clientprof.model.recording import UnfinishedRound
from clientprof.model.results import ClientResult

_MINUTE_S, _HOUR_S = 60.0, 3600.0


def progress(round_: UnfinishedRound) -> str:
    """``answered A of N requests in S s, F failed; at this rate M minutes``."""
    failed = f", {round_.failed:,} failed" if round_.failed else ""
    rate = "" if round_.needed_s is None else f"; at this rate {_long(round_.needed_s)}"
    return f"answered {round_.answered:,} of {round_.of:,} requests in {round_.seconds:.0f} s{failed}{rate}"


def unfinished_notices(client: ClientResult) -> Iterator[Notice]:
    """One for a first round that was broken off, one for a later one."""
    if client.unfinished is not None:
        yield Notice(
            "unfinished",
            f"{client.name} {progress(client.unfinished)}.",
            "It was stopped, and its figures are of what was done until then: costs per request are the least that they can "
            "be. Raise --timeout, or send fewer requests with -n.",
        )
    if client.unfinished_cold is not None:
        later = "" if client.unfinished is not None else " Later rounds, with open connections, were finished."
        yield Notice(
            "cold-unfinished",
            f"The first round of a new {client.name} client {progress(client.unfinished_cold)}.{later}",
            "It was stopped, and there is no cold round of this client. Raise --timeout, or send fewer requests with -n.",
        )


def _long(seconds: float) -> str:
    if seconds >= 2 * _HOUR_S:
        return f"{seconds / _HOUR_S:,.0f} hours"
    return f"{seconds / _MINUTE_S:.0f} minutes" if seconds >= 2 * _MINUTE_S else f"{seconds:.0f} s"
