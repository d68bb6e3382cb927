"""A matrix on a terminal: the answer, all cells, hosts, warnings."""

from rich.console import Console
from rich.text import Text

from clientprof.model.differences.matrix import MatrixResult, MeasuredCell
from clientprof.report.matrices.matrix_wording import answer_text, measured_text, no_verdicts, sure, verdict_word
from clientprof.report.terminal.layout import (
    print_columns,
    print_facts,
    print_heading,
    print_lines,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import decimal, ratio, ratio_full, ratio_interval


def print_matrix(result: MatrixResult, console: Console) -> None:
    """Print it, 80 columns wide; the last lines name the files written."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: MatrixResult, console: Console) -> None:
    console.print(safe(result.title, "bold"))
    console.print()
    print_facts(console, [("what", safe(answer_text(result)))], style="bold")
    print_paragraph(console, safe(measured_text(result), "dim"))
    pythons = any(each.cell.python for each in result.cells)
    loads = len(result.loads) > 1
    print_heading(console, "All cells", "CPU in µs per request; ratio to the first cell, 95 %")
    heads = ["client", *(["Python"] if pythons else []), *(["load"] if loads else []), "CPU", "ratio", "95 %", ""]
    align = "N" + "l" * (pythons + loads) + "rrrl"
    print_columns(console, heads, align, [_row(each, pythons, loads) for each in result.cells])
    if result.hosts:
        print_heading(console, "Hosts", "blocks")
        print_facts(console, [(f"{host.name}  {host.blocks}", safe(host.about)) for host in result.hosts])
        _print_by_host(result, console)
    print_lines(console, "Why there is no verdict", no_verdicts(result))
    print_lines(console, "Warnings", tuple(("!", f"{each.text} {each.advice}".rstrip()) for each in result.notices))
    if result.files:
        console.print()
        widest = max(len(name) for name in result.files)
        for name, path in result.files.items():
            console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)


def _row(each: MeasuredCell, pythons: bool, loads: bool) -> list[Text]:
    effect = each.cpu
    cells = [
        each.cell.client,
        *([each.cell.python] if pythons else []),
        *([each.cell.load] if loads else []),
        decimal(each.cpu_us_per_request.value),
        "1" if effect is None else ratio(effect.ratio),
        "" if effect is None else ratio_interval(effect.ratio),
        verdict_word(each),
    ]
    return [safe(cell, "" if sure(each) else "dim") for cell in cells]


def _print_by_host(result: MatrixResult, console: Console) -> None:
    several = [each for each in result.cells if each.by_host and each.cpu is not None]
    if several:
        names = [host.name for host in result.hosts]
        rows = [
            [safe(each.cell.arm), *(safe(ratio_full(each.by_host.get(name))) for name in names)] for each in several
        ]
        print_columns(console, ["", *names], "N" + "r" * len(names), rows)
