"""The first view: one sentence, the headline table, the verdict and what it rests on."""

from collections.abc import Callable, Iterable

from clientprof.model.estimate import Effect
from clientprof.model.results import ClientResult, Comparison, Control, TraceResult
from clientprof.report.context.brief import briefly
from clientprof.report.costs.trace_lines import trace_lines
from clientprof.report.ledger.waiting_wording import wall_sentence
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.figures import ABSENT, interval, measure, ratio, ratio_interval
from clientprof.report.writing.markup import Column, Html, Node, join, table, tag
from clientprof.report.writing.page_parts import quiet, unbroken, warnings_box
from clientprof.report.writing.trace_answer import answer, gap_sentence
from clientprof.report.writing.wording import (
    aa_sentence,
    bound,
    client_name,
    cold_sentence,
    failures,
    floor_sentence,
    floor_times,
    in_flight,
    named,
    rounds_sentence,
)

Cell = Callable[[Control], Node]


def answer_section(result: TraceResult) -> Html:
    """Sentences, headline table, verdicts, warnings in brief."""
    said = answer(result)
    sentence = tag(
        "p", said.lead, tag("strong", said.figure) if said.figure else None, unbroken(said.rest), class_="answer"
    )
    support = (gap_sentence(result), wall_sentence(result), cold_sentence(result))
    return join(
        (
            sentence,
            answer_block(trace_lines(result)),
            join(tag("p", text, class_="support") for text in support if text),
            tag(
                "div",
                tag("div", _headline(result)),
                tag("div", join(_verdict(result, comparison) for comparison in result.comparisons)),
                class_="beside",
            ),
            warnings_box(briefly(result), explained=True),
        )
    )


def _headline(result: TraceResult) -> Html | None:
    measured = [client for client in result.clients if client.control is not None]
    if not measured:
        return None
    columns = [Column(""), *(Column(client_name(client), numeric=True) for client in measured)]
    effects = {
        "CPU per request": [comparison.effect for comparison in result.comparisons],
        "Wall time per round": [comparison.wall_effect for comparison in result.comparisons],
    }
    single = len(result.comparisons) == 1
    if single:
        columns.append(Column("Ratio", numeric=True))
    rows = []
    for title, cell in _ROWS.items():
        cells: list[Node] = [
            title,
            *(_bounded(client, title, cell(client.control)) for client in measured if client.control),
        ]
        if single:
            cells.append(join(_ratio(effect) for effect in effects.get(title, [])))
        rows.append(cells)
        if not single:
            rows += _ratio_rows(result, measured, title, effects.get(title, []))
    if any(client.in_flight is not None for client in measured):
        flights: list[Node] = ["In flight at most", *(in_flight(client) for client in measured)]
        rows.append([*flights, ""] if single else flights)
    least = floor_sentence(result)
    if least is not None:
        times: list[Node] = ["Relative to floor", *(floor_times(result, client) for client in measured)]
        place = next((number for number, row in enumerate(rows) if row[0] == "Wall time per round"), len(rows))
        rows.insert(place, [*times, ""] if single else times)
    about = tag("p", f"Floor, a raw protocol client under the same load: {least}.", class_="quiet") if least else None
    return join((table("Headline", columns, rows, "headline"), about, tag("p", _rests_on(measured), class_="quiet")))


def _bounded(client: ClientResult, title: str, cell: Node) -> Node:
    mark = bound(client, title)
    return join((mark, cell)) if mark else cell


def _rests_on(measured: list[ClientResult]) -> str:
    rounds = [(client_name(client), rounds_sentence(client)) for client in measured]
    known = any(interval(client.control.cpu_us_per_request) for client in measured if client.control)
    brackets = " Brackets are 95 % intervals; 1 µs is a millionth of a second." if known else ""
    if len({text for _, text in rounds}) == 1:
        return f"Measured without instruments, {rounds[0][1]}.{brackets}"
    each = "; ".join(f"{name} {text}" for name, text in rounds)
    return f"Measured without instruments: {each}.{brackets}"


def _ratio_rows(
    result: TraceResult, measured: list[ClientResult], title: str, effects: list[Effect]
) -> list[list[Node]]:
    """The ratios of several clients to a baseline, each below the figure that it is of; a row for each baseline."""
    rows: list[list[Node]] = []
    for baseline in dict.fromkeys(effect.baseline for effect in effects):
        found = {named(result, effect.candidate): effect for effect in effects if effect.baseline == baseline}
        cells = [_ratio(found[name]) if (name := client_name(client)) in found else None for client in measured]
        rows.append([join((title, tag("small", f"times that of {named(result, baseline)}"))), *cells])
    return rows


def _ratio(effect: Effect) -> Html:
    return join((f"{ratio(effect.ratio)} ", quiet(ratio_interval(effect.ratio))))


def _cpu(control: Control) -> Html:
    cpu = control.cpu_us_per_request
    return join((measure(cpu.value, "us"), " ", quiet(interval(cpu))))


def _wall(control: Control) -> Html:
    return join((measure(control.wall_s.value * 1000, "ms"), " ", quiet(interval(control.wall_s, 1, 1000))))


_ROWS: dict[str, Cell] = {
    "CPU per request": _cpu,
    "Wall time per round": _wall,
    "Latency p50": lambda control: measure(control.latency_ms.p50, "ms"),
    "Latency p90": lambda control: measure(control.latency_ms.p90, "ms"),
    "Latency p99": lambda control: measure(control.latency_ms.p99, "ms"),
    "Slowest": lambda control: measure(control.latency_ms.max, "ms"),
    "Succeeded": lambda control: f"{control.ok:,}",
    "Failed": lambda control: failures(control.errors) or "0",
}


def _verdict(result: TraceResult, comparison: Comparison) -> Html:
    effect = comparison.effect
    facts: Iterable[tuple[str, Node]] = (
        ("Verdict", tag("strong", f"{named(result, effect.candidate)}: {effect.verdict}")),
        ("Why", effect.reason or ABSENT),
        ("A/A check", aa_sentence(effect)),
    )
    return tag("dl", join(join((tag("dt", key), tag("dd", value))) for key, value in facts), class_="verdict")
