"""A rule about pools that serve requests out of turn."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.remedies import give_way
from clientprof.model.figures import duration
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer


def out_of_turn(evidence: Evidence) -> Iterator[Finding]:
    """Some requests wait for a connection until all others have stopped asking, whatever the median says."""
    for row in evidence.overtaken:
        at, _, client = evidence.sites.groups[row.group]
        site = evidence.sites.site(at)
        blocking = 0 <= client < len(evidence.facts.clients) and evidence.facts.clients[client].blocking
        waited = duration(row.longest_ms / 1e3)
        many = f"{row.requests:,} request{'' if row.requests == 1 else 's'}"
        yield finding(
            "requests-overtaken",
            f"{many} at {place(site.file, site.line, site.function)} waited up to {waited} for a connection while later "
            "ones got theirs",
            Layer.POOL,
            (site.file, site.line, site.function),
            "The pool does not serve requests in the order in which they ask.",
            [
                f"at least {row.by:,} requests asked after the one that waited longest and had a connection before it",
                f"half of all requests to this client had a connection within {row.median_ms:,.1f} ms",
            ],
            "Have no more threads than connections."
            if blocking
            else "Let a task that asks again and again give the others a turn in between, "
            f"`{give_way(evidence.loop_names)}`, or have no more tasks than connections.",
            "The claim is wrong if the longest wait stays when no more ask at once than there are connections.",
            mechanism=(
                "A connection that was given back is free until whoever waits for it runs. Whoever asks again before that "
                "takes it."
            ),
        )
