"""Rules about failures: timeouts that are the program's own doing."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_HIDES = Turn(Knob.TIMEOUT, Way.NOT_UP, "A longer timeout only hides it.")
_FEWER = Turn(Knob.REQUESTS, Way.DOWN, "Let fewer requests wait.")
_MORE = Turn(Knob.CONNECTIONS, Way.UP, "Allow more of them.")
_REMEDY = {
    "loop": ("Find what holds the loop (the table of holders) and move it away.", (_HIDES,)),
    "pool": ("Give connections back sooner.", (_MORE, _FEWER)),
}
# A loop that is busier has no time for more connections.
_BUSY = 0.8


def own_timeouts(evidence: Evidence) -> Iterator[Finding]:
    """Timeouts whose clock ran out on the program's own loop or pool."""
    for row in evidence.timeouts:
        if not row.own:
            continue
        if row.verdict == "pool" and any(each.leaked for each in evidence.held):
            continue  # told as the consequence of the responses that are never closed
        first, turns = _REMEDY[row.verdict]
        turns = tuple(turn for turn in turns if turn is not _MORE or evidence.loop_busy_share <= _BUSY)
        yield finding(
            "timeout-is-the-programs-own",
            f"{row.count:,} {row.type} at {place(row.file, row.line)}: the {row.verdict}, not the server",
            Layer.POOL if row.verdict == "pool" else Layer.LOOP,
            (row.file, row.line, row.type),
            f"In {row.count:,} cases {row.evidence}.",
            [f"type {row.type}, verdict {row.verdict}"],
            " ".join((first, *(turn.text for turn in turns))),
            "The claim is wrong if as many requests time out with the remedy.",
            turns=turns,
        )
