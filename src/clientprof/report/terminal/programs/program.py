"""A program's result on the terminal: the answer, what to do and the call sites first; then what they rest on."""

from rich.console import Console
from rich.text import Text

from clientprof.model.findings import SharedCause
from clientprof.model.programs.results import ProgramResult, SiteResult
from clientprof.report.programs.program_lines import STEPS, program_lines
from clientprof.report.programs.program_wording import (
    asked,
    client_text,
    counts_sentence,
    end_sentence,
    failures_text,
    ms,
    place,
    rate,
    thinned_sentence,
)
from clientprof.report.terminal.answer import print_answer
from clientprof.report.terminal.layout import (
    keep_end,
    print_facts,
    print_heading,
    print_named_rows,
    print_paragraph,
    safe,
    width_of,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.terminal.programs.program_details import (
    print_connections,
    print_counts,
    print_gates,
    print_holders,
    print_phases,
    print_processes,
    print_threads,
    print_uptime,
)
from clientprof.report.writing.answer_lines import timed_cause

_SITES = 8
_CAUSES = 5


def print_program(result: ProgramResult, console: Console) -> None:
    """Print the result, 80 columns wide; the last lines name the files written."""
    printed_plainly(console, lambda: _print_parts(result, console))


def _print_parts(result: ProgramResult, console: Console) -> None:
    console.print(safe(keep_end(result.title, 4 * width_of(console)), "bold"), width=width_of(console))
    if not result.complete:
        print_paragraph(console, safe("The run was cut short. This is what was measured until then.", "bold"))
    print_answer(console, [safe(plain(result.answer.sentence), "bold")], program_lines(result))
    print_paragraph(console, safe(f"{counts_sentence(result)} {end_sentence(result)}", "dim"))
    _print_actions(result, console)
    _print_sites(result, console)
    print_phases(result, console)
    print_holders(result, console)
    print_threads(result, console)
    print_gates(result, console)
    print_connections(result, console)
    print_uptime(result, console)
    print_counts(result, console)
    print_processes(result, console)
    _print_notices(result, console)
    if result.files:
        console.print()
        widest = max(len(name) for name in result.files)
        for name, path in result.files.items():
            console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)


def plain(text: str) -> str:
    """A sentence of the analysis without its marks of code."""
    return text.replace("`", "")


def _print_actions(result: ProgramResult, console: Console) -> None:
    if len(result.causes) > STEPS:
        print_heading(console, "More causes", "findings and evidence are in the report")
        facts: list[tuple[str, Text]] = []
        for number, cause in enumerate(result.causes[STEPS:_CAUSES], STEPS + 1):
            facts += _cause(number, cause)
        more = len(result.causes) - _CAUSES
        if more > 0:
            facts.append(("", safe(f"{more} more are in the report", "dim")))
        print_facts(console, facts)


def _cause(number: int, cause: SharedCause) -> list[tuple[str, Text]]:
    return [(f"{number}.", safe(plain(timed_cause(cause)), "bold")), ("", safe(plain(cause.remedy)))]


def _print_sites(result: ProgramResult, console: Console) -> None:
    if not result.call_sites:
        return
    peers = {asked(site) for site in result.call_sites}
    print_heading(console, "Requests by call site", "latency in ms; most time first")
    rows = [_site(site, several=len(peers) > 1) for site in result.call_sites[:_SITES]]
    print_named_rows(console, ["call site", "requests", "/s", "p50", "p99", "failed", "open"], "lrrrrrr", rows)
    more = len(result.call_sites) - _SITES
    notes = [] if len(peers) > 1 else [f"All of them to {next(iter(peers))}."]
    notes += [f"{more:,} more call sites are in the report."] if more > 0 else []
    notes += [f"{place(s.file, s.line)} failed {failures_text(s)}" for s in result.call_sites[:_SITES] if s.failed]
    if (thinned := thinned_sentence(result)) is not None:
        notes.append(thinned)
    for text in notes:
        print_paragraph(console, safe(text, "dim"))


def _site(site: SiteResult, *, several: bool) -> tuple[list[str], list[Text]]:
    """Where the call is, what it goes through, and whom it calls where there are several; and the figures."""
    name = [f"{place(site.file, site.line)} {site.function}", f"  {client_text(site)}"]
    if several:
        name.append(f"  to {asked(site)}")
    cells = [
        f"{site.requests:,}",
        rate(site.per_second),
        ms(site.latency_ms.p50),
        ms(site.latency_ms.p99),
        f"{site.failed:,}",
        f"{site.open:,}",
    ]
    styles = ["", "", "", "", "bold red" if site.failed else "", ""]
    return name, [safe(cell, style) for cell, style in zip(cells, styles, strict=True)]


def _print_notices(result: ProgramResult, console: Console) -> None:
    if not result.notices:
        return
    print_heading(console, "Warnings")
    lines = [f"{notice.text} {notice.advice}".strip() for notice in result.notices]
    print_facts(console, [("!", safe(plain(line))) for line in lines], style="")
