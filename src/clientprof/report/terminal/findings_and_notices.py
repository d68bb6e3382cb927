"""What stands around the figures: observer effect, findings, warnings, files."""

from rich.console import Console
from rich.text import Text

from clientprof.model.findings import SharedCause
from clientprof.model.results import TraceResult
from clientprof.report.context.brief import SHOWN_WITH_LAYERS, sentences
from clientprof.report.terminal.costs import CLIENTS_BESIDE
from clientprof.report.terminal.layout import INDENT, print_columns, print_facts, print_heading, safe, width_of
from clientprof.report.writing.figures import measure, ratio
from clientprof.report.writing.wording import client_name, missing_sentence

_WARNING_LINES = 2
_CAUSES = 5


def print_observer(result: TraceResult, console: Console) -> None:
    """What each instrument costs, a line per client."""
    clients = [client for client in result.clients if client.observer]
    if not clients:
        return
    print_heading(console, "Observer effect", "CPU per request with each lens, relative to none")
    lenses = list(dict.fromkeys(lens for client in clients for lens in client.observer))
    rows = [
        [safe(client_name(client)), *(safe(ratio(client.observer.get(lens))) for lens in lenses)] for client in clients
    ]
    print_columns(console, ["", *lenses], "l" + "r" * len(lenses), rows)


def print_notices(result: TraceResult, console: Console) -> None:
    """Warnings about the measurement, as many sentences of each as fit two lines; the report holds all of them."""
    with_layers = 0 < len(result.clients) <= CLIENTS_BESIDE
    notices = [notice for notice in result.notices if not (with_layers and notice.id == SHOWN_WITH_LAYERS)]
    lines = [[*sentences(notice.text), *sentences(notice.advice)] for notice in notices]
    lines += [[text] for client in result.clients if (text := missing_sentence(client))]
    if not lines:
        return
    print_heading(console, "Warnings", "what they mean for the figures is in the report")
    print_facts(console, [("!", _fitting(parts, console)) for parts in lines], style="")


def _fitting(parts: list[str], console: Console) -> Text:
    """The first sentence, and those after it while the whole takes at most two lines beside the mark."""
    room = max(1, width_of(console) - 2 * INDENT - 1)
    for count in range(len(parts), 1, -1):
        text = safe(" ".join(parts[:count]).rstrip())
        if len(text.wrap(console, room)) <= _WARNING_LINES:
            return text
    return safe(parts[0])


def print_findings(result: TraceResult, console: Console) -> None:
    """A line for each cause, at most five; the report holds every finding with its evidence."""
    if not result.causes:
        return
    print_heading(
        console, "Causes", "µs of CPU per request, each counted once; findings and evidence are in the report"
    )
    rows = [
        [safe(f"{number}."), safe(_price(cause)), safe(cause.title)]
        for number, cause in enumerate(result.causes[:_CAUSES], 1)
    ]
    more = result.causes[_CAUSES:]
    if more:
        rows.append([safe(""), safe(""), safe(f"and {len(more)} more, in the report", "dim")])
    print_columns(console, ["", "cost", "what happens"], "rrW", rows)


def _price(cause: SharedCause) -> str:
    """CPU, or the time off the CPU where the cause is about that."""
    off = next((each.off_cpu_us_per_request for each in cause.findings if each.off_cpu_us_per_request), None)
    if cause.cost_us_per_request is None and off is not None:
        return f"{measure(off, 'us')} off CPU"
    return measure(cause.cost_us_per_request, "us")


def print_files(result: TraceResult, console: Console) -> None:
    """Name and path of each file written. A path is never cut or wrapped: it is there to be copied."""
    if not result.files:
        return
    console.print()
    widest = max(len(name) for name in result.files)
    for name, path in result.files.items():
        console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)
