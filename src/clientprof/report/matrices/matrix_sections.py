"""The page of a matrix: answer, all cells, hosts, environment, method."""

from clientprof.model.differences.matrix import MatrixResult, MeasuredCell
from clientprof.model.results import Setting
from clientprof.report.context.environment_section import setting_groups
from clientprof.report.matrices.matrix_wording import (
    HOW,
    answer_text,
    measured_text,
    name_of,
    no_verdicts,
    sure,
    verdict_word,
)
from clientprof.report.writing.figures import decimal, interval, ratio_full
from clientprof.report.writing.markup import Column, Html, Node, caption, join, prose, table, tag
from clientprof.report.writing.page_parts import quiet, unbroken, warnings_box


def matrix_answer_section(result: MatrixResult) -> Html:
    """The cheapest and the most expensive cell of each load, what that rests on, and warnings."""
    warnings = [f"{each.text} {each.advice}".rstrip() for each in result.notices]
    return join(
        (
            tag("p", unbroken(answer_text(result)), class_="answer explained"),
            tag("p", unbroken(measured_text(result)), class_="support"),
            warnings_box(warnings),
        )
    )


def matrix_table_section(result: MatrixResult) -> Html:
    """Every cell: cost, ratio to the first, verdict."""
    pythons = any(each.cell.python for each in result.cells)
    columns = [
        Column("Client"),
        *([Column("Python")] if pythons else []),
        Column("Load"),
        Column("CPU", numeric=True, hint="µs per request"),
        Column("Of the first cell", numeric=True, hint="CPU per request"),
        Column("Wall", numeric=True, hint="ms a round"),
        Column("Of the first cell", numeric=True, hint="wall"),
        Column("Verdict"),
    ]
    rows = [_row(each, pythons) for each in result.cells]
    reasons = [join((tag("dt", name), tag("dd", prose(reason)))) for name, reason in no_verdicts(result)]
    return join(
        (
            caption("Each cell against the first one, measured in the same blocks. Brackets are 95 % intervals."),
            table("Cells", columns, rows, "experiments", [None if sure(each) else "unshown" for each in result.cells]),
            tag("dl", join(reasons), class_="warned") if reasons else None,
        )
    )


def _row(each: MeasuredCell, pythons: bool) -> list[Node]:
    version = "" if each.version in each.cell.client else each.version
    cost, wall = each.cpu_us_per_request, each.wall_ms_per_round
    return [
        join((tag("code", each.cell.client), tag("small", f" {version}") if version else None)),
        *([join((each.cell.python, tag("small", f" {each.python}") if each.python else None))] if pythons else []),
        tag("code", each.cell.load),
        join((f"{decimal(cost.value)} ", quiet(interval(cost)))),
        "1" if each.cpu is None else ratio_full(each.cpu.ratio),
        decimal(wall.value),
        "1" if each.wall is None else ratio_full(each.wall.ratio),
        verdict_word(each),
    ]


def matrix_hosts_section(result: MatrixResult) -> Html | None:
    """The machines that measured, and every cell's ratio on each; None where this machine measured alone."""
    if not result.hosts:
        return None
    listed = [[host.name, host.about, decimal(host.blocks, 0)] for host in result.hosts]
    several = [each for each in result.cells if each.by_host and each.cpu is not None]
    names = [host.name for host in result.hosts]
    columns = [Column("Cell"), *(Column(name, numeric=True) for name in names)]
    rows = [[name_of(result, each), *(ratio_full(each.by_host.get(name)) for name in names)] for each in several]
    return join(
        (
            caption("Effects are found within hosts: every block is of one host."),
            table("Hosts", [Column("Host"), Column("What it is"), Column("Blocks", numeric=True)], listed),
            join((caption("CPU per request of the first cell, host by host."), table("By host", columns, rows)))
            if rows
            else None,
        )
    )


def matrix_environment_section(result: MatrixResult) -> Html:
    """Command, loads, machine and packages."""
    run = (
        Setting("Run", "command", " ".join(result.command)),
        Setting("Run", "seed", str(result.seed)),
        Setting("Run", "created", result.created),
    )
    return tag("div", join(setting_groups((*run, *result.workload, *result.environment))), class_="settings")


def matrix_method_section(_result: MatrixResult) -> Html:
    """How it was measured."""
    return tag("ul", join(tag("li", prose(line)) for line in HOW))
