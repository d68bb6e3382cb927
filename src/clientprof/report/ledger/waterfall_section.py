"""The waterfall: every request a line, in the order asked for, coloured by phase; one of them told in full."""

from collections.abc import Sequence

from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.timeline import Timeline
from clientprof.model.phases import PHASE_MEANING, Phase, State
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.ledger.packed_timelines import packed_timelines
from clientprof.report.ledger.round_wording import which_requests
from clientprof.report.ledger.time_tools import TIME_KEYS, time_toolbar
from clientprof.report.writing.figures import ABSENT, milliseconds
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, json_block, note, table, tag
from clientprof.report.writing.page_parts import chip
from clientprof.report.writing.wording import client_name

_TABLE_ROWS = 16
_HOLDERS_NAMED = 3


def waterfall_section(result: TraceResult) -> Html | None:
    """One picture per client with a ledger that kept timelines."""
    clients = [(place, client, client.ledger) for place, client in enumerate(result.clients) if client.ledger]
    clients = [(place, client, ledger) for place, client, ledger in clients if ledger.timelines]
    if not clients:
        return None
    text = caption(
        "One line per request; time runs to the right from the start of the round. Long lines of one colour are where "
        "requests spend their time. Point at a line, or use the arrow keys, to read a request below the picture; a click or "
        f"Enter keeps it there. {TIME_KEYS}"
    )
    longest_us = max(ledger.shown.length_us for _, _, ledger in clients)
    return join((text, *(_picture(place, client, ledger, longest_us) for place, client, ledger in clients)))


def thinned(timelines: Sequence[Timeline], at_most: int) -> list[Timeline]:
    """Evenly spaced lines, the first and the last among them; all of them where there are few."""
    if len(timelines) <= at_most:
        return list(timelines)
    step = (len(timelines) - 1) / (at_most - 1)
    return [timelines[round(position * step)] for position in range(at_most)]


def _picture(place: int, client: ClientResult, ledger: Ledger, longest_us: int) -> Html:
    name, prefix, lines = client_name(client), f"waterfall-{place}", ledger.timelines
    present = [phase for phase in Phase if any(span.phase is phase for line in lines for span in line.spans)]
    legend = (tag("span", chip("phase", phase), title=PHASE_MEANING[phase]) for phase in present)
    known = any(line.running_us is not None for line in lines)
    data = {**packed_timelines(lines), "length_us": ledger.shown.length_us, "longest_us": longest_us}
    data["blameless"] = _why_no_blame(ledger, known)
    canvas = tag(
        "canvas", id=f"{prefix}-canvas", class_="time-canvas script-only", tabindex=0, role="slider",
        aria_label=f"Requests of {name} in time", aria_valuemin=1, aria_valuemax=len(lines), aria_valuenow=1,
    )  # fmt: skip
    panel = tag(
        "div", id=f"{prefix}-request", class_="request script-only", tabindex=-1, role="group",
        aria_label=f"The chosen request of {name}",
    )  # fmt: skip
    count = min(_TABLE_ROWS, len(lines))
    return tag(
        "div",
        tag("h3", name),
        tag("p", which_requests(ledger), class_="quiet"),
        None if known else note("Nothing saw the steps of this event loop: states and blame are not known."),
        time_toolbar(name, _choices(prefix, present, known)),
        tag("div", join(legend), class_="legend"),
        canvas,
        panel,
        json_block(f"{prefix}-data", data),
        details(
            f"As a table: {count} requests, evenly spaced by start" if count > 1 else "As a table",
            _sample(name, lines, present, known),
        ),
        class_="client",
        data_waterfall=prefix,
        data_time=place,
    )


def _why_no_blame(ledger: Ledger, known: bool) -> str | None:
    """Why nobody can be blamed for the time in which a request was ready; None where somebody can."""
    if ledger.threads:
        return (
            "Who kept a ready thread from running is not known: samples do not tell which thread had the interpreter."
        )
    return None if known else "Nobody can be blamed: no steps were seen."


def _choices(prefix: str, present: Sequence[Phase], known: bool) -> tuple[Html, Html]:
    options = [("start", "start"), ("total", "total time"), ("connection", "connection")]
    states = [(f"state:{state}", f"time {state}") for state in State] if known else []
    phases = [(f"phase:{phase}", f"time in phase {phase}") for phase in present]
    choice = tag(
        "select",
        *(tag("option", text, value=value) for value, text in [*options, *states, *phases]),
        id=f"{prefix}-order",
    )
    same = tag("input", type="checkbox", id=f"{prefix}-same")
    return tag("label", "Order by ", choice), tag("label", same, " same time scale for all clients")


def _sample(name: str, lines: Sequence[Timeline], present: Sequence[Phase], known: bool) -> Html:
    titles = ["Start", "Total", *(str(state) for state in State if known), *(str(phase) for phase in present)]
    columns = [Column("Request"), *(Column(title, numeric=True, hint="ms") for title in titles)]
    columns += [Column("Loop held by", hint="while ready"), Column("Error")]
    rows: list[list[Node]] = []
    for line in thinned(lines, _TABLE_ROWS):
        cells: list[Node] = [f"{line.exchange}", milliseconds(line.start_us), milliseconds(line.end_us - line.start_us)]
        if known:
            cells += [milliseconds(us) for us in (line.running_us, line.ready_us, line.waiting_us)]
        for phase in present:
            spans = [span.wall_us for span in line.spans if span.phase is phase]
            cells.append(milliseconds(sum(spans)) if spans else ABSENT)
        rows.append([*cells, _held_by(line), line.error or ABSENT])
    return table(f"{name}: requests in time", columns, rows)


def _held_by(line: Timeline) -> str:
    """The layers that had most of it: ``pool 1.20, http 0.31``."""
    most = sorted(line.blame.items(), key=lambda row: (-row[1], list(Layer).index(row[0])))[:_HOLDERS_NAMED]
    return ", ".join(f"{layer} {milliseconds(us)}" for layer, us in most) or ABSENT
