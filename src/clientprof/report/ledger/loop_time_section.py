"""The loop over time: who held it, how long its queue was, connections and requests in flight, during one round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.bins import OverTime, Series, TimeBins
from clientprof.model.phases import Phase, State
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.ledger.round_wording import which_round
from clientprof.report.ledger.time_tools import TIME_KEYS, time_toolbar
from clientprof.report.writing.figures import decimal, milliseconds, plural
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, json_block, note, table, tag
from clientprof.report.writing.packed_numbers import packed_numbers
from clientprof.report.writing.palette import LAYER_COLOUR, PHASE_COLOUR, STATE_COLOUR
from clientprof.report.writing.wording import client_name

# Series are packed as whole numbers: tenths of something counted, thousandths of a share.
_TENTHS, _THOUSANDTHS = 10, 1000


@dataclass(frozen=True, slots=True)
class _Line:
    """One series: its name, its colour (None: that of text), its values."""

    name: str
    colour: str | None
    values: Series


@dataclass(frozen=True, slots=True)
class _Band:
    """Series on one scale, on top of each other where ``stacked``; shares of time where ``shares``."""

    title: str
    lines: tuple[_Line, ...]
    stacked: bool = True
    shares: bool = False


def loop_time_section(result: TraceResult) -> Html | None:
    """One picture per client of whose round anything is known."""
    clients = [
        (place, client, client.ledger, client.ledger.over_time)
        for place, client in enumerate(result.clients)
        if client.ledger is not None and client.ledger.over_time is not None
    ]
    if not clients:
        return None
    text = caption(
        "What went on during the round of the waterfall, on the same axis: zooming one picture zooms the other, and the "
        "bracket is the request chosen there. Every value is the mean of its part of the round. Point at a moment, or use "
        f"the arrow keys, to read it. {TIME_KEYS}"
    )
    return join((text, *(_picture(*row) for row in clients)))


def _picture(place: int, client: ClientResult, ledger: Ledger, over_time: OverTime) -> Html:
    name, prefix, fine = client_name(client), f"loop-{place}", over_time.fine
    bands, parts = _bands(fine), len(fine.in_flight)
    canvas = tag(
        "canvas", id=f"{prefix}-canvas", class_="time-canvas script-only", tabindex=0, role="slider",
        aria_label=f"The loop of {name} over time", aria_valuemin=1, aria_valuemax=parts, aria_valuenow=1,
        aria_describedby=f"{prefix}-about",
    )  # fmt: skip
    data = {"length_us": over_time.length_us, "parts": parts, "bands": [_packed(band) for band in bands]}
    about = f"{which_round(ledger).capitalize()}, {milliseconds(over_time.length_us)} ms, in {parts} parts."
    if over_time.samples is not None:
        about += f" How busy the loop was, and with garbage (gc), is stamped; {_divided(over_time)}."
    return tag(
        "div",
        tag("h3", name),
        tag("p", about, class_="quiet", id=f"{prefix}-about"),
        *(note(text) for text in _unknown(ledger, fine)),
        time_toolbar(name),
        join(_legend(band) for band in bands),
        canvas,
        tag("p", id=f"{prefix}-moment", class_="readout script-only"),
        json_block(f"{prefix}-data", data),
        details(f"As a table: {len(over_time.coarse.in_flight)} parts of the round", _parts(name, over_time)),
        class_="client",
        data_loop=prefix,
        data_time=place,
    )


def _divided(over_time: OverTime) -> str:
    """What the layers of the loop's time rest on."""
    stretch = f"{plural(over_time.group, 'part')} at a time" if over_time.group > 1 else "each part by itself"
    return f"how the rest divides into layers rests on {plural(over_time.samples or 0, 'sample')}, {stretch}"


def _bands(bins: TimeBins) -> list[_Band]:
    """What is known, from the loop outwards."""
    bands: list[_Band] = []
    if bins.busy is not None:
        layers = tuple(
            _Line(str(layer), LAYER_COLOUR[layer], bins.busy[layer]) for layer in Layer if layer in bins.busy
        )
        bands.append(_Band("loop busy, by layer", layers, shares=True))
    if bins.queue is not None:
        ready = _Line("callbacks ready to run", STATE_COLOUR[State.READY], bins.queue)
        bands.append(_Band("queue of the loop", (ready,)))
    if bins.active is not None:
        connections = [_Line("active", PHASE_COLOUR[Phase.SEND], bins.active)]
        if bins.unused is not None:
            connections.append(_Line("idle", STATE_COLOUR[State.WAITING], bins.unused))
        bands.append(_Band("connections", tuple(connections)))
    flying = (
        _Line("in flight", None, bins.in_flight),
        _Line("waiting for a connection", PHASE_COLOUR[Phase.POOL], bins.pooled or ()),
        _Line("at the origin", PHASE_COLOUR[Phase.SERVER], bins.at_origin or ()),
    )
    bands.append(_Band("requests", tuple(line for line in flying if line.values), stacked=False))
    return bands


def _unknown(ledger: Ledger, bins: TimeBins) -> Iterable[str]:
    """What the pictures have not, each with its reason."""
    if ledger.threads:
        threads = plural(ledger.threads, "thread")
        yield f"{threads}, no event loop: there is neither a queue nor time of a loop to divide."
    elif bins.busy is None:
        yield "Nothing saw the steps of this event loop: its layers and its queue are not known."
    if bins.active is None:
        yield "Nothing saw which connections carry a request."
    elif bins.unused is None:
        yield "Nothing saw connections being closed: how many stood open without a request is not known."
    if bins.at_origin is None:
        yield "The server gave no stamps that could be used: how many requests it had at once is not known."


def _packed(band: _Band) -> dict[str, object]:
    scale = _THOUSANDTHS if band.shares else _TENTHS
    sums = [sum(part) for part in zip(*(line.values for line in band.lines), strict=True)]
    most = max(sums) if band.stacked else max(max(line.values) for line in band.lines)
    return {
        "title": band.title,
        "stacked": band.stacked,
        "scale": scale,
        "shares": band.shares,
        "most": 1 if band.shares else most,
        "lines": [
            [line.name, line.colour, packed_numbers(max(0, round(value * scale)) for value in line.values)]
            for line in band.lines
        ],
    }


def _legend(band: _Band) -> Html:
    swatches = (
        tag(
            "span",
            tag("i", class_="swatch", style=f"--c:{line.colour or 'var(--text)'}", aria_hidden="true"),
            line.name,
            class_="chip",
        )
        for line in band.lines
    )
    return tag("div", tag("span", f"{band.title}:", class_="quiet"), join(swatches), class_="legend")


def _parts(name: str, over_time: OverTime) -> Html:
    bins = over_time.coarse
    bands = _bands(bins)
    columns = [Column("From", hint="ms")]
    columns += [
        Column(line.name, numeric=True, hint="%" if band.shares else "mean") for band in bands for line in band.lines
    ]
    if bins.idle is not None:
        columns.insert(1, Column("loop idle", numeric=True, hint="%"))
    count = len(bins.in_flight)
    rows: list[Sequence[Node]] = []
    for part in range(count):
        row: list[Node] = [milliseconds(over_time.length_us * part / count)]
        if bins.idle is not None:
            row.append(decimal(100 * bins.idle[part]))
        row += [decimal((100 if band.shares else 1) * line.values[part]) for band in bands for line in band.lines]
        rows.append(row)
    return table(f"{name}: the round in parts", columns, rows)
