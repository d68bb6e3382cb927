"""Rules about failures: timeouts that are the program's own doing."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

_REMEDY = {
    "loop": "Find what holds the loop (the table of holders) and move it away; a longer timeout only hides it.",
    "pool": "Give connections back sooner, allow more of them if the loop has time to spare, or let fewer requests wait.",
}


def own_timeouts(evidence: Evidence) -> Iterator[Finding]:
    """Timeouts whose clock ran out on the program's own loop or pool."""
    for row in evidence.timeouts:
        if not row.own:
            continue
        if row.verdict == "pool" and any(each.leaked for each in evidence.held):
            continue  # told as the consequence of the responses that are never closed
        yield finding(
            "timeout-is-the-programs-own",
            f"{row.count:,} {row.type} at {place(row.file, row.line)}: the {row.verdict}, not the server",
            Layer.POOL if row.verdict == "pool" else Layer.LOOP,
            (row.file, row.line, row.type),
            f"In {row.count:,} cases {row.evidence}.",
            [f"type {row.type}, verdict {row.verdict}"],
            _REMEDY[row.verdict],
            "The claim is wrong if as many requests time out with the remedy.",
        )
