"""The first lines: the answer, both clients side by side, the verdict, what requests wait for."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from clientprof.model.results import Control, TraceResult
from clientprof.report.costs.trace_lines import trace_lines
from clientprof.report.ledger.waiting_wording import holders_text, pool_wait, waiting_us
from clientprof.report.terminal.answer import print_answer
from clientprof.report.terminal.interpreters import print_interpreters
from clientprof.report.terminal.layout import head_of, print_columns, print_facts, print_heading, print_paragraph, safe
from clientprof.report.writing.figures import measure, milliseconds, percent, ratio_full
from clientprof.report.writing.trace_answer import answer
from clientprof.report.writing.wording import (
    aa_sentence,
    bound,
    client_name,
    failures,
    floor_sentence,
    floor_times,
    in_flight,
    named,
)


def print_headline(result: TraceResult, console: Console) -> None:
    """Title, answer, figures of the uninstrumented runs, verdict with its A/A check."""
    console.print(safe(result.title, "bold"))
    console.print()
    said = answer(result)
    what = Text.assemble(safe(said.lead), safe(said.figure, "bold"), safe(said.rest))
    print_answer(console, [what], trace_lines(result))
    if not result.complete:
        print_paragraph(console, safe("The run was cut short. This is what was measured until then.", "bold"))
    print_interpreters(result.environment, lambda name: named(result, name), console)
    clients = [client for client in result.clients if client.control is not None]
    measured = [(client, client.control) for client in clients if client.control is not None]
    if not measured:
        return
    print_heading(console, "Without instruments", "95 % interval in brackets; µs: microseconds")
    effects = {
        "CPU per request": [comparison.effect for comparison in result.comparisons],
        "wall per round": [comparison.wall_effect for comparison in result.comparisons],
    }
    heads = ["", *(head_of(client_name(client)) for client, _ in measured), "ratio" if result.comparisons else ""]
    rows = [
        [
            safe(title),
            *(safe(bound(client, title) + cell(control)) for client, control in measured),
            safe(", ".join(ratio_full(effect.ratio) for effect in effects.get(title, ()))),
        ]
        for title, cell in _ROWS.items()
    ]
    if any(client.in_flight is not None for client, _ in measured):
        rows.append([safe("in flight at most"), *(safe(in_flight(client)) for client, _ in measured), safe("")])
    least = floor_sentence(result)
    if least is not None:
        rows.insert(
            1, [safe("relative to floor"), *(safe(floor_times(result, client)) for client in clients), safe("")]
        )
    print_columns(console, heads, "l" + "r" * len(measured) + "r", rows)
    facts: list[tuple[str, Text]] = [] if least is None else [("floor", safe(least))]
    for comparison in result.comparisons:
        effect = comparison.effect
        verdict = safe(f"{named(result, effect.candidate)}: {effect.verdict}", "bold")
        if effect.reason:
            verdict.append_text(safe(f"; {effect.reason}", "not bold"))
        facts += [("verdict", verdict), ("A/A", safe(aa_sentence(effect)))]
    print_facts(console, facts + _waiting(result))


def _waiting(result: TraceResult) -> list[tuple[str, Text]]:
    """What a request of the client asked about waits for, if it is a connection: what kept those who have one."""
    client = result.clients[0]
    row = pool_wait(client)
    if row is None or client.ledger is None or client.ledger.wall_us <= 0:
        return []
    share = percent(waiting_us(row) / client.ledger.wall_us)
    held = holders_text(row)
    text = f"for a connection: {share} of the {milliseconds(client.ledger.wall_us, 1)} ms of a request"
    return [("waiting", safe(f"{text}; what delayed the requests that had one: {held}" if held else text))]


_ROWS: dict[str, Callable[[Control], str]] = {
    "CPU per request": lambda control: measure(control.cpu_us_per_request.value, "us"),
    "wall per round": lambda control: measure(control.wall_s.value * 1000, "ms"),
    "latency p50": lambda control: measure(control.latency_ms.p50, "ms"),
    "latency p99": lambda control: measure(control.latency_ms.p99, "ms"),
    "succeeded": lambda control: f"{control.ok:,}",
    "failed": lambda control: failures(control.errors) or "0",
}
