"""The waterfall: every request a line, in the order of its start, coloured by phase."""

from collections.abc import Sequence

from clientprof.model.ledger import Timeline
from clientprof.model.phases import PHASE_MEANING, Phase
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.figures import ABSENT, milliseconds
from clientprof.report.markup import Column, Html, Node, caption, details, join, json_block, table, tag
from clientprof.report.palette import PHASE_COLOUR
from clientprof.report.sections.marks import chip
from clientprof.report.wording import client_name

# The picture is 520 pixels high, so more lines show nothing more; this many are about 75 KB.
_LINES_AT_MOST = 600
_TABLE_ROWS = 24


def waterfall_section(result: TraceResult) -> Html | None:
    """One picture per client with a ledger that kept timelines."""
    clients = [client for client in result.clients if client.ledger is not None and client.ledger.timelines]
    if not clients:
        return None
    text = caption(
        "One line per request, time to the right from the start of the round. Long lines of one colour are where "
        "requests spend their time. Point, tap or use the arrow keys to read one request. + and - zoom in time, also "
        "Ctrl or Shift with the wheel; dragging or the left and right arrow keys move, Escape resets."
    )
    longest_us = max(_end_us(line) for client in clients if client.ledger for line in client.ledger.timelines)
    return join((text, *(_picture(index, client, longest_us) for index, client in enumerate(clients))))


def thinned(timelines: Sequence[Timeline], at_most: int) -> list[Timeline]:
    """Evenly spaced lines, the first and the last among them; all of them where there are few."""
    if len(timelines) <= at_most:
        return list(timelines)
    step = (len(timelines) - 1) / (at_most - 1)
    return [timelines[round(position * step)] for position in range(at_most)]


def packed_timelines(timelines: Sequence[Timeline]) -> dict[str, object]:
    """Timelines as flat integer lists; a span is phase index, pause since the span before, and duration, all in us."""
    phases = list(Phase)
    errors = sorted({line.error for line in timelines if line.error is not None})
    lines = []
    for line in timelines:
        failed = -1 if line.error is None else errors.index(line.error)
        connection = -1 if line.connection is None else line.connection
        row: list[int | None] = [line.exchange, connection, failed, line.running_us, line.ready_us, line.waiting_us]
        before_us = 0
        for span in line.spans:
            row += [phases.index(span.phase), span.start_us - before_us, span.end_us - span.start_us]
            before_us = span.end_us
        lines.append(row)
    names = [str(phase) for phase in phases]
    return {"phases": names, "colours": [PHASE_COLOUR[phase] for phase in phases], "errors": errors, "lines": lines}


def _end_us(line: Timeline) -> int:
    return max((span.end_us for span in line.spans), default=0)


def _start_us(line: Timeline) -> int:
    return min((span.start_us for span in line.spans), default=0)


def _picture(index: int, client: ClientResult, longest_us: int) -> Html:
    ledger = client.ledger
    assert ledger is not None
    lines = thinned(sorted(ledger.timelines, key=_start_us), _LINES_AT_MOST)
    name, prefix = client_name(client), f"waterfall-{index}"
    present = [phase for phase in Phase if any(span.phase is phase for line in lines for span in line.spans)]
    legend = (tag("span", chip("phase", phase), title=PHASE_MEANING[phase]) for phase in present)
    shown = "" if len(lines) == ledger.timelines_total else f"{len(lines):,} of {ledger.timelines_total:,} requests"
    data = {**packed_timelines(lines), "longest_us": longest_us}
    canvas = tag(
        "canvas", id=f"{prefix}-canvas", class_="waterfall-canvas script-only", tabindex=0, role="slider",
        aria_label=f"Requests of {name} in time", aria_valuemin=1, aria_valuemax=len(lines), aria_valuenow=1,
    )  # fmt: skip
    return tag(
        "div",
        tag("h3", name, tag("span", shown, class_="quiet") if shown else None),
        _toolbar(prefix),
        tag("div", join(legend), class_="legend"),
        canvas,
        tag("div", class_="request script-only", id=f"{prefix}-request", aria_live="polite"),
        json_block(f"{prefix}-data", data),
        details(
            f"As a table: {min(_TABLE_ROWS, len(lines))} requests, evenly spaced by start",
            _sample(name, lines, present),
        ),
        class_="client",
        data_waterfall=prefix,
    )


def _toolbar(prefix: str) -> Html:
    options = (("start", "start"), ("total", "total time"), ("connection", "connection"))
    choice = tag("select", *(tag("option", text, value=value) for value, text in options), id=f"{prefix}-order")
    same = tag("input", type="checkbox", id=f"{prefix}-same")
    buttons = (("in", "+", "Zoom in"), ("out", "\u2212", "Zoom out"), ("reset", "Reset", "Reset to the whole round"))
    zoom = (tag("button", text, type="button", data_zoom=what, aria_label=label) for what, text, label in buttons)
    return tag(
        "div",
        tag("label", "Order by ", choice),
        tag("label", same, " same time scale for all clients"),
        tag("span", "Zoom ", join(zoom), class_="zoom"),
        class_="toolbar script-only",
    )


def _sample(name: str, lines: Sequence[Timeline], present: Sequence[Phase]) -> Html:
    columns = [Column("Request"), Column("Start", numeric=True, hint="ms"), Column("Total", numeric=True, hint="ms")]
    columns += [Column(str(phase), numeric=True, hint="ms") for phase in present]
    columns.append(Column("Error"))
    rows: list[list[Node]] = []
    for line in thinned(lines, _TABLE_ROWS):
        start_us = _start_us(line)
        cells: list[Node] = [f"{line.exchange}", milliseconds(start_us), milliseconds(_end_us(line) - start_us)]
        for phase in present:
            spans = [span.end_us - span.start_us for span in line.spans if span.phase is phase]
            cells.append(milliseconds(sum(spans)) if spans else ABSENT)
        cells.append(line.error or ABSENT)
        rows.append(cells)
    return table(f"{name}: requests in time", columns, rows)
