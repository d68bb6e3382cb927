"""Rules about failures: timeouts that are the program's own doing, requests that fail in numbers, and error answers."""

from collections.abc import Iterator, Sequence

import numpy as np

from clientprof.attribution.programs.lane import Booleans
from clientprof.attribution.programs.rules.error_answers import TOO_MANY, ErrorAnswers
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import CallSite
from clientprof.model.programs.results import SiteResult

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
# New connections per 1,000 requests.
_MANY_OPENED = 100.0
# Of the timeouts of one place: where nearly all ran out on the server, a few that the loop was late for are chance's.
_SOME_OF_ALL = 0.1
_ASK_LESS = "Ask more slowly: let fewer requests run at once, and wait as long as the server says (`Retry-After`)."
_ASK_WHY = (
    "Find out on the server why it answers so. Where the program asks again by itself, count and log that, and wait "
    "longer each time: repeated requests are load too."
)
_MORE_TIME = (
    "Allow more time than the server needs for its slow answers, or find out on the server why these are slow. A timeout "
    "shorter than that makes the program pay for the request and for the next attempt."
)
_FAIL_WHY = (
    "Find out why they fail. Where the program asks again by itself, count and log that: such requests are load too."
)
_GAVE_UP = (
    " The program gives them up itself: a timeout around the call runs out (`asyncio.timeout`, `wait_for`, "
    "`move_on_after`), or something cancels the task, such as a server framework whose caller has left. Of a request that "
    "was sent the server has the work all the same, and the connection is closed."
)
_WERE_CUT_OFF = (
    " They end together, no request begins after them, and the program ends with an error. They may be no more than its "
    "consequences: where one of several tasks fails, the others are cancelled (`TaskGroup`, `asyncio.run`), and closing the "
    "client breaks what is under way."
)
_SEE_ITS_END = "Mend first what ends the program: its last traceback, or the signal that it was sent."
# So close together end requests that one and the same end of the program breaks.
_TOGETHER_NS = 250_000_000
_GIVEN_UP = (
    "Find what cancels them. A timeout around the call must allow more than the server and the way there need; where a task "
    "is cancelled because another one was faster, begin the second request later."
)


def own_timeouts(evidence: Evidence) -> Iterator[Finding]:
    """Timeouts whose clock ran out on the program's own loop or pool."""
    for row in evidence.timeouts:
        if not row.own:
            continue
        alike = sum(each.count for each in evidence.timeouts_at(row))
        if row.count < _SOME_OF_ALL * alike:
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
        of_peer = f" of {row.peers:,} hosts" if row.peers > 1 else of_peer
        site = (row.site.file, row.site.line, row.site.function)
        yield finding(
            "error-answers",
            f"{percent(row.share)} of the answers{of_peer} at {place(*site)} are errors: "
            + ", ".join(f"{status} {_times(round(count))}" for status, count in said[:3]),
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


def requests_fail(evidence: Evidence) -> Iterator[Finding]:
    """Requests that end with an exception in such numbers that the program lives with it: it catches them, and asks again or
    goes on without."""
    for site in evidence.call_sites:
        if not _fail_often(site, evidence):
            continue
        said = ", ".join(f"{name} {_times(count)}" for name, count in list(site.errors.items())[:3])
        rows = _failed_rows(site, evidence)
        wall_us = _mean_failed_us(rows, evidence)
        verdicts = {row.verdict: row.count for row in evidence.timeouts_at(site)}
        late = verdicts.get("server", 0) > site.failed / 2
        given_up = _GAVE_UP if is_cancellation(next(iter(site.errors), "")) else ""
        cut_off = _WERE_CUT_OFF if _were_cut_off(rows, site.failed, evidence) else ""
        yield finding(
            "requests-fail",
            f"{percent(site.failed / site.requests)} of the requests at {place(site.file, site.line, site.function)} fail: "
            f"{said}",
            Layer.OTHER,
            (site.file, site.line, site.function),
            f"{site.failed:,} of {site.requests:,} requests end with an exception, after {wall_us / 1e3:,.1f} ms each."
            f"{cut_off or given_up} If the program asks again, these are lost, and what it waits in between is in no "
            "request's time.",
            [
                *(f"{name}: {count:,}" for name, count in site.errors.items()),
                *(f"timeouts that ran out on the {verdict}: {count:,}" for verdict, count in verdicts.items()),
                *_connections(site),
            ],
            _MORE_TIME if late else _SEE_ITS_END if cut_off else _GIVEN_UP if given_up else _FAIL_WHY,
            "The claim is wrong if the program's own log has fewer of these exceptions.",
            off_cpu_us=evidence.over_all(wall_us, site.failed),
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _were_cut_off(rows: Sequence[Booleans], failed: int, evidence: Evidence) -> bool:
    """Whether most of so many failures, with these rows of each lane, end together when the program does, with an error."""
    if evidence.facts.exit_code in (None, 0):
        return False
    ended = np.concatenate([lane.ended[mine] for lane, mine in zip(evidence.lanes, rows, strict=True)])
    began = max((int(lane.started.max()) for lane in evidence.lanes if lane.count), default=0)
    last = ended[(ended >= began) & (ended >= ended.max(initial=0) - _TOGETHER_NS)]
    return len(last) > failed / 2


def is_cancellation(error_type: str) -> bool:
    """Whether the program itself ended the request, by asyncio's exception or trio's."""
    return error_type.rpartition(".")[2] in ("CancelledError", "Cancelled")


def _connections(site: SiteResult) -> list[str]:
    """What failing does to connections, where new ones are many."""
    opened = site.connects_per_1000 or 0.0
    return [f"new connections: {opened:,.0f} per 1,000 requests"] if opened >= _MANY_OPENED else []


def _fail_often(site: SiteResult, evidence: Evidence) -> bool:
    """Whether so many fail, and not mostly for a reason that another rule tells."""
    if site.failed < _FEWEST_ERRORS or site.failed < _MANY_ERRORS * site.requests:
        return False
    own = sum(row.count for row in evidence.timeouts_at(site) if row.own)
    return own <= site.failed / 2


def _mean_failed_us(rows: Sequence[Booleans], evidence: Evidence) -> float:
    """How long a request with one of these rows of each lane lasted until it failed."""
    walls = np.concatenate([(lane.ended - lane.started)[mine] for lane, mine in zip(evidence.lanes, rows, strict=True)])
    return float(walls.mean()) / 1e3 if len(walls) else 0.0


def _failed_rows(site: SiteResult, evidence: Evidence) -> list[Booleans]:
    """Which exchanges of each lane are the site's and failed, of those that were written down one by one."""
    places = [evidence.sites.site(at) for at, _, _ in evidence.sites.groups]
    mine = [number for number, each in enumerate(places) if (each.file, each.line) == (site.file, site.line)]
    return [
        (lane.of_exchanges("error", 0) > 0) & (lane.ended > 0) & np.isin(group, mine)
        for lane, group in zip(evidence.lanes, evidence.sites.group_of, strict=True)
    ]


def fail_share(evidence: Evidence) -> str:
    """What the first line says of requests that fail; empty where they are few."""
    sites = [site for site in evidence.call_sites if _fail_often(site, evidence)]
    if not sites:
        return ""
    share = sum(site.failed for site in sites) / sum(site.requests for site in sites)
    kind = next(iter(sites[0].errors), "")
    return (
        f" Of the requests at {_places(sites)}, {percent(share)} fail{f', most of them with `{kind}`' if kind else ''}."
    )


def error_share(evidence: Evidence) -> str:
    """What the first line says of error answers; empty where they are few."""
    rows = [row for row in evidence.error_answers if _are_many(row)]
    if not rows:
        return ""
    answers = sum(row.answers for row in rows)
    share = sum(row.errors for row in rows) / answers
    statuses = {status for row in rows for status in row.by_status}
    said = ", ".join(str(status) for status in sorted(statuses))
    return f" Of the answers at {_places([row.site for row in rows])}, {percent(share)} are errors ({said})."


def _places(sites: Sequence[CallSite | SiteResult]) -> str:
    first, *others = (place(site.file, site.line, site.function) for site in sites)
    return f"{first} and {len(others)} more" if others else first


def _are_many(row: ErrorAnswers) -> bool:
    return row.errors >= _FEWEST_ERRORS and row.share >= _MANY_ERRORS
