"""The network between client and origin, as the report tells it: what was asked, how it was imitated, how well."""

import contextlib
from dataclasses import dataclass

from clientprof.model.network import MEANS_TEXT, LinkAccount, LinkMeans, Network
from clientprof.origin.errors import OriginError
from clientprof.origin.network.link_handle import LinkStarted
from clientprof.origin.process import OriginProcess

Row = tuple[str, str, str]
# How far a round trip may be from what was asked before the reader is told, as a share of it and in any case.
_FAR_SHARE, _FAR_MS = 0.05, 0.5


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link at its end; ``account`` None where it could not be asked any more."""

    network: Network
    started: LinkStarted
    account: LinkAccount | None


def link_facts(origin: OriginProcess | None) -> LinkFacts | None:
    """Those of the origin's link, None where it has none."""
    link = None if origin is None else origin.link
    if link is None or link.started is None:
        return None
    account: LinkAccount | None = None
    with contextlib.suppress(OriginError):
        account = link.account()
    return LinkFacts(link.network, link.started, account)


def network_rows(facts: LinkFacts | None) -> list[Row]:
    """Rows of the workload."""
    if facts is None:
        return [("workload", "network", "the machine's own loopback")]
    rows = [
        ("workload", "network", str(facts.network)),
        ("workload", "network imitated", MEANS_TEXT[facts.started.means]),
    ]
    account = facts.account
    if account is not None and account.pieces:
        what = "packets" if facts.started.means is LinkMeans.PACKETS else "pieces"
        lost = f"{account.dropped:,} lost for want of room" if account.dropped else "none lost"
        rows.append(
            (
                "workload", "network as it was",
                f"{account.pieces:,} {what}, {lost}; each late by {account.late_us_mean / 1e3:.2f} ms on average, 99 of 100 "
                f"by {account.late_us_p99 / 1e3:.2f} ms at most; {account.cpu_ns / 1e3 / account.pieces:.0f} µs of CPU each",
            )
        )  # fmt: skip
    return rows


def network_notices(facts: LinkFacts | None) -> list[Row]:
    """What the reader must know of it."""
    if facts is None:
        return []
    notices: list[Row] = []
    if facts.started.means is LinkMeans.STREAMS and facts.network.rtt_ms:
        notices.append(
            (
                "network-relayed",
                f"The network was imitated by a relay of byte streams ({facts.started.why_not}). Connecting itself takes no "
                "time there: its round trip is in the TLS handshake, or in the way up of a connection's first request.",
                "As root on Linux, or where user namespaces are allowed, connecting has its own.",
            )
        )
    account = facts.account
    if account is None:
        return notices
    more_ms = 2 * account.late_us_mean / 1e3
    if more_ms > max(_FAR_MS, _FAR_SHARE * facts.network.rtt_ms):
        notices.append(
            (
                "network-late",
                f"Round trips took {more_ms:.1f} ms longer than asked on average: the link had more to carry than its "
                "processor could.",
                "Fewer requests at once, smaller bodies or a machine with more cores.",
            )
        )
    if account.refused:
        notices.append(
            (
                "network-full",
                f"The link refused {account.refused:,} connections: it carries 20,000 at once.",
                "Lower --limit or -n.",
            )
        )
    return notices
