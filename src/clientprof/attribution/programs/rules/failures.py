"""Rules about failures: timeouts that are the program's own doing, and servers that answer with errors."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.error_answers import TOO_MANY, ErrorAnswers
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.figures import percent
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
# Of the answers that one place gets: fewer errors are everyday life. A few that are tried again are no habit of the server.
_MANY_ERRORS = 0.05
_FEWEST_ERRORS = 20
_ASK_LESS = "Ask more slowly: let fewer requests run at once, and wait as long as the server says (`Retry-After`)."
_ASK_WHY = (
    "Find out on the server why it answers so. Where the program asks again by itself, count and log that, and wait "
    "longer each time: repeated requests are load too."
)


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


def errors_answered(evidence: Evidence) -> Iterator[Finding]:
    """Answers that say no in such numbers that what the program does about them matters: it asks again, or gives up."""
    for row in evidence.error_answers:
        if not _are_many(row):
            continue
        said = sorted(row.by_status.items(), key=lambda item: -item[1])
        of_peer = f" of {row.peer.host}:{row.peer.port}" if row.peer else ""
        site = (row.site.file, row.site.line, row.site.function)
        yield finding(
            "error-answers",
            f"{percent(row.share)} of the answers{of_peer} at {place(*site)} are errors: "
            + ", ".join(f"{status} {count:,.0f} times" for status, count in said[:3]),
            Layer.OTHER,
            site,
            f"The server answered {row.errors:,.0f} of {row.answers:,.0f} requests so, after {row.wall_us / 1e3:,.1f} ms "
            "each. The client raises nothing for it. If the program asks again, its own work takes more requests than are "
            "needed, and what it waits in between is in no request's time.",
            [f"status {status}: {count:,.0f} answers" for status, count in said],
            _ASK_LESS if said[0][0] == TOO_MANY else _ASK_WHY,
            "The claim is wrong if the server's own log has fewer answers with these statuses.",
            off_cpu_us=evidence.over_all(row.wall_us, round(row.errors)),
        )


def error_share(evidence: Evidence) -> str:
    """What the first line says of error answers; empty where they are few."""
    rows = [row for row in evidence.error_answers if _are_many(row)]
    if not rows:
        return ""
    answers = sum(row.answers for row in rows)
    share = sum(row.errors for row in rows) / answers
    statuses = {status for row in rows for status in row.by_status}
    where = place(rows[0].site.file, rows[0].site.line, rows[0].site.function)
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    said = ", ".join(str(status) for status in sorted(statuses))
    return f" Of the answers at {where}{more}, {percent(share)} are errors ({said})."


def _are_many(row: ErrorAnswers) -> bool:
    return row.errors >= _FEWEST_ERRORS and row.share >= _MANY_ERRORS
