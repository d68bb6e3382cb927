"""What stands around the figures: observer effect, cold round, warnings, findings, files."""

from rich.console import Console
from rich.text import Text

from clientprof.model.results import TraceResult
from clientprof.report.figures import ABSENT, measure, milliseconds, ratio
from clientprof.report.terminal.layout import print_columns, print_heading, print_paragraph, safe
from clientprof.report.wording import client_name, missing_sentence


def print_observer(result: TraceResult, console: Console) -> None:
    """What each instrument costs, a line per client."""
    clients = [client for client in result.clients if client.observer]
    if not clients:
        return
    print_heading(console, "Observer effect", "CPU under each lens, as a multiple of none")
    lenses = list(dict.fromkeys(lens for client in clients for lens in client.observer))
    rows = [
        [safe(client_name(client)), *(safe(ratio(client.observer.get(lens))) for lens in lenses)] for client in clients
    ]
    print_columns(console, ["", *lenses], "l" + "r" * len(lenses), rows)


def print_cold(result: TraceResult, console: Console) -> None:
    """The first round of a new client, shown where it had TLS handshakes to make."""
    cold = [(client_name(client), client.cold) for client in result.clients if client.cold is not None]
    if not any(round_.handshakes for _, round_ in cold):
        return
    print_heading(console, "Cold round", "first requests of a new client")
    rows = [
        [
            safe(name),
            safe(measure(round_.wall_s.value * 1000, "ms")),
            safe(measure(round_.cpu_us_per_request.value, "us")),
            safe(f"{round_.connects:,}"),
            safe(f"{round_.handshakes:,}"),
            safe(f"{milliseconds(round_.handshake_cpu_us, 1)} ms" if round_.handshake_cpu_us is not None else ABSENT),
        ]
        for name, round_ in cold
    ]
    heads = ["", "wall", "CPU/request", "connections", "handshakes", "CPU of these"]
    print_columns(console, heads, "lrrrrr", rows)


def print_notices(result: TraceResult, console: Console) -> None:
    """Warnings about the measurement, and what was not measured."""
    lines = [(notice.text, notice.advice) for notice in result.notices]
    lines += [(text, "") for client in result.clients if (text := missing_sentence(client))]
    if not lines:
        return
    print_heading(console, "Warnings")
    for text, advice in lines:
        print_paragraph(console, Text.assemble("! ", safe(text), safe(f" {advice}" if advice else "", "dim")))


def print_findings(result: TraceResult, console: Console) -> None:
    """One line each; the report holds evidence and remedy."""
    if not result.findings:
        return
    print_heading(console, "Findings", "us of CPU per request; evidence and remedy are in the report")
    rows = [
        [
            safe(f"{number}."),
            safe(measure(finding.cost_us_per_request, "us")),
            safe(finding.layer),
            safe(finding.title),
        ]
        for number, finding in enumerate(result.findings, 1)
    ]
    print_columns(console, ["", "cost", "layer", "what happens"], "rrlL", rows)


def print_files(result: TraceResult, console: Console) -> None:
    """Name and path of each file written. A path is never cut or wrapped: it is there to be copied."""
    if not result.files:
        return
    console.print()
    widest = max(len(name) for name in result.files)
    for name, path in result.files.items():
        console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)
