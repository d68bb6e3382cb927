"""Requests by call site, client and peer; and the phases of each, with what it did meanwhile."""

from dataclasses import replace

from clientprof.model.layers import Layer
from clientprof.model.phases import PHASE_MEANING, Phase, State
from clientprof.model.programs.results import ProgramPhase, ProgramResult, SiteResult
from clientprof.report.programs.program_wording import (
    answering,
    asked,
    client_text,
    failures_text,
    ms,
    place,
    rate,
    thinned_sentence,
)
from clientprof.report.writing.figures import ABSENT, decimal, milliseconds
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, note, table, tag
from clientprof.report.writing.page_parts import bar, chip, function_at, quiet

_OPENED = 6
_AT_MOST = 60
_BLAMED = 3


def call_sites_section(result: ProgramResult) -> Html | None:
    """One row a call site, client and peer, those that took most time first."""
    if not result.call_sites:
        return None
    columns = [
        Column("Call site"), Column("Client", hint="and its server"), Column("Requests", True),
        Column("Rate", True, "per second"),
        Column("p50", True, "ms"), Column("p99", True, "ms"), Column("Failed", True), Column("Open", True, "at the end"),
        Column("Connections opened", True, "per 1000"),
    ]  # fmt: skip
    text = caption(
        "A call site is the innermost line of the program itself that led to the call. Those whose requests took the most "
        "time together come first."
    )
    shown = result.call_sites[:_AT_MOST]
    more = len(result.call_sites) - len(shown)
    rest = note(f"{more:,} more call sites are in summary.json.") if more else None
    return join(
        (text, table("Requests by call site", columns, [_row(site) for site in shown], "functions sites"), rest)
    )


def _row(site: SiteResult) -> list[Node]:
    latency = site.latency_ms
    failed = failures_text(site)
    return [
        _site(site),
        join((client_text(site), tag("small", asked(site)))),
        f"{site.requests:,}",
        rate(site.per_second),
        ms(latency.p50),
        ms(latency.p99),
        tag("b", failed) if site.failed else failed,
        f"{site.open:,}",
        decimal(site.connects_per_1000, 0),
    ]


def _site(site: SiteResult) -> Html:
    served = tag("small", answering(site.routes)) if site.routes else None
    return join((function_at(site.function, site.file, site.line, ""), served))


def program_phases_section(result: ProgramResult) -> Html | None:
    """A table with bars for each call site that was seen in detail; the later ones folded."""
    sites = [site for site in result.call_sites if site.phases]
    if not sites:
        return None
    text = states_caption()
    thinned = thinned_sentence(result)
    first = join(account(site) for site in sites[:_OPENED])
    rest = sites[_OPENED:_AT_MOST]
    more = details(f"The next {len(rest)} call sites", join(map(account, rest))) if rest else None
    return join((text, tag("p", thinned, class_="quiet") if thinned else None, first, more))


def states_caption() -> Html:
    """What stands above the tables of ``account``."""
    return caption(
        "Mean wall time of a request by phase, in order of time; bars on each call site's own scale. ",
        chip("state", State.RUNNING, "running: its own code runs"),
        chip("state", State.READY, "ready: could run, but other work does"),
        chip("state", State.WAITING, "waiting: for a connection, the network, the server"),
    )


def account(site: SiteResult) -> Html:
    """The call site's phases as a table with bars."""
    columns = [
        Column("Phase"), Column("Running, ready, waiting", class_="wide"), Column("Wall", True, "ms"),
        Column("Running", True, "ms"), Column("Ready", True, "ms"), Column("Waiting", True, "ms"),
        Column("Ready behind", hint="ms, layer that had the loop"),
    ]  # fmt: skip
    full = max((row.wall_us for row in site.phases), default=0.0)
    rows = [cells for row in site.phases for cells in _rows(row, full)]
    total = sum(row.wall_us for row in site.phases)
    rows.append([tag("b", "all"), None, tag("b", milliseconds(total)), None, None, None, None])
    name = f"{place(site.file, site.line)} {site.function}"
    said = f"{client_text(site)} to {asked(site)}, {site.detailed:,} of {site.requests:,} requests"
    heading = tag("h3", tag("code", name), quiet(said))
    return tag("div", heading, table(f"{name}: phases of a request", columns, rows, "bars"), class_="client")


def _rows(row: ProgramPhase, full: float) -> list[list[Node]]:
    """The phase; of one in which the program works between pieces, that time in a line of its own."""
    if row.between_us is None:
        return [_phase(row, full)]
    inside = _phase(replace(row, wall_us=row.inside_us, between_us=None), full, "waiting for pieces")
    if row.wait_us is None:
        inside[1] = bar([(f"--state-{State.WAITING}", row.inside_us)], full)
    states: list[Node] = [ABSENT, ABSENT, ABSENT, ABSENT]
    return [
        inside,
        [
            _name(row, "in the program between pieces"),
            bar([(f"--phase-{_known(row)}", row.between_us)], full),
            tag("b", milliseconds(row.between_us)),
            *states,
        ],
    ]


def _name(row: ProgramPhase, beside: str | None) -> Html:
    phase = _known(row)
    meaning = "network and server" if phase is Phase.WAIT else PHASE_MEANING[phase]
    return tag("span", chip("phase", phase), tag("small", beside) if beside else None, title=meaning)


def _phase(row: ProgramPhase, full: float, beside: str | None = None) -> list[Node]:
    if row.phase == Phase.WAIT:
        beside = "network and server"
    blame = sorted(row.blame.items(), key=lambda pair: -pair[1])[:_BLAMED]
    return [
        _name(row, beside),
        bar(_parts(row), full),
        join((tag("b", milliseconds(row.wall_us)), _bounds(row))),
        milliseconds(row.cpu_us),
        milliseconds(row.ready_us),
        milliseconds(row.wait_us),
        join(_blamed(layer, us) for layer, us in blame if us >= 0.05 * row.wall_us) or ABSENT,
    ]


def _known(row: ProgramPhase) -> Phase:
    """The phase; a name that is none (of a newer file) has the colour of what is not known."""
    return Phase(row.phase) if row.phase in set(Phase) else Phase.UNATTRIBUTED


def _blamed(layer: Layer, us: float) -> Html:
    return tag("span", chip("layer", layer, f"{layer} {milliseconds(us)}"), class_="blamed")


def _bounds(row: ProgramPhase) -> Html | None:
    """The least and the most that it can have been."""
    if row.low_us is None or row.high_us is None:
        return None
    low, high = milliseconds(row.low_us), milliseconds(row.high_us)
    return None if low == high else tag("small", f"{low} to {high}")


def _parts(row: ProgramPhase) -> list[tuple[str, float]]:
    """The bar's colours and lengths: by state, or the phase as a whole where the states are unknown."""
    if row.cpu_us is None or row.ready_us is None or row.wait_us is None:
        return [(f"--phase-{_known(row)}", row.wall_us)]
    states = (State.RUNNING, row.cpu_us), (State.READY, row.ready_us), (State.WAITING, row.wait_us)
    return [(f"--state-{state}", us) for state, us in states]
