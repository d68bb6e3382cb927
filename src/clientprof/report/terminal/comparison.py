"""A comparison on a terminal: verdicts, ratios with the A/A check, the gap by layer and function, counters."""

from rich.console import Console
from rich.text import Text

from clientprof.model.differences.between_arms import Gap
from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.results import CounterRow
from clientprof.report.differences.comparison_lines import comparison_lines
from clientprof.report.differences.comparison_wording import (
    incompatible_text,
    pair_answer,
    stopping_text,
    without_verdict_text,
)
from clientprof.report.terminal.answer import print_answer
from clientprof.report.terminal.changed_code import print_changed_code
from clientprof.report.terminal.findings_and_notices import print_files, print_notices
from clientprof.report.terminal.interpreters import print_interpreters
from clientprof.report.terminal.layout import (
    head_of,
    print_columns,
    print_facts,
    print_heading,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.memory import print_memory
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import (
    ABSENT,
    count,
    decimal,
    duration,
    interval,
    measure,
    percent,
    ratio,
    ratio_full,
    with_sign,
)
from clientprof.report.writing.wording import bound, counter_title, named

_FUNCTIONS = 8
_COUNTERS = 8


def print_comparison(result: ComparisonResult, console: Console) -> None:
    """Print the comparison; the last lines name the files written."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: ComparisonResult, console: Console) -> None:
    console.print(safe(result.measured.title, "bold"))
    console.print()
    refused = incompatible_text(result)
    if refused:
        print_paragraph(console, safe(refused, "bold yellow"))
        print_facts(console, [("-", safe(line)) for line in result.incompatibilities])
        console.print()
    said = [pair_answer(result, pair) for pair in result.pairs]
    found = [Text.assemble(safe(each.lead), safe(each.figure, "bold"), safe(each.rest)) for each in said]
    nothing = without_verdict_text(result)
    found += [safe(nothing)] if nothing else []
    print_answer(console, found, comparison_lines(result))
    print_interpreters(result.measured.environment, lambda name: named(result.measured, name), console)
    _print_arms(result, console)
    _print_ratios(result, console)
    _print_conditions(result, console)
    for pair in result.pairs:
        if pair.gap is not None:
            _print_gap(result, pair.gap, console)
        if pair.code is not None:
            print_changed_code(pair.code, console)
        _print_counters(result, pair, console)
    print_memory(result.measured, console, result.baseline)
    print_notices(result.measured, console)
    print_files(result.measured, console)


def _print_arms(result: ComparisonResult, console: Console) -> None:
    rows = [
        [
            safe(named(result.measured, client.name)),
            safe(
                f"{bound(client, 'CPU per request')}{measure(control.cpu_us_per_request.value, 'us')} "
                f"{interval(control.cpu_us_per_request, 0)}"
            ),
            safe(f"{bound(client, 'wall per round')}{duration(control.wall_s.value)}"),
            safe(ABSENT if control.latency_ms.p99 is None else duration(control.latency_ms.p99 / 1000)),
            safe(f"{sum(control.errors.values()):,}"),
        ]
        for client in result.measured.clients
        if (control := client.control) is not None
    ]
    if rows:
        print_heading(console, "Without instruments", "95 % interval in brackets; µs: microseconds")
        print_columns(console, ["arm", "CPU per request", "wall", "p99", "failed"], "Wrrrr", rows)


def _print_ratios(result: ComparisonResult, console: Console) -> None:
    if not result.pairs:
        return
    print_heading(console, "Against the baseline", f"{named(result.measured, result.baseline)} = 1")
    rows = []
    for pair in result.pairs:
        effect, wall = pair.comparison.effect, pair.comparison.wall_effect
        aa = ABSENT if effect.aa_ratio is None else ratio_full(effect.aa_ratio)
        rows.append(
            [
                safe(named(result.measured, effect.candidate)),
                safe(ratio_full(effect.ratio)),
                safe(ratio(wall.ratio)),
                safe(aa),
                safe(effect.verdict, "bold"),
            ]
        )
    print_columns(console, ["candidate", "CPU", "wall", "A/A", "verdict"], "Wrrrl", rows)
    text = stopping_text(result)
    if text:
        print_paragraph(console, safe(text, "dim"))


def _print_conditions(result: ComparisonResult, console: Console) -> None:
    if not result.conditions:
        return
    print_heading(console, "Conditions", "if one holds, the comparison fails")
    print_facts(console, [(row.outcome, safe(f"{row.text}: {row.reason}")) for row in result.conditions])


def _print_gap(result: ComparisonResult, gap: Gap, console: Console) -> None:
    name, base = named(result.measured, gap.candidate), named(result.measured, gap.baseline)
    print_heading(console, f"The gap, {name} - {base}", "µs per request; dim where chance may explain it")
    rows = []
    for row in sorted(gap.layers, key=lambda row: (not row.cost.significant, -abs(row.cost.difference_us.value))):
        style = "" if row.cost.significant else "dim"
        apart = row.cost.difference_us
        cells = (row.layer, with_sign(apart.value), interval(apart), percent(row.share_of_gap), str(row.cost.change))
        rows.append([safe(cell, style) for cell in cells])
    total = gap.sampled_us
    rows.append([safe("sum", "bold"), safe(with_sign(total.value), "bold"), safe(interval(total)), safe(""), safe("")])
    if gap.control_us is not None and gap.remainder_us is not None:
        rows.append([safe("other threads"), safe(with_sign(gap.remainder_us)), safe(""), safe(""), safe("")])
        control = gap.control_us
        rows.append([safe("control"), safe(with_sign(control.value)), safe(interval(control)), safe(""), safe("")])
    print_columns(console, ["layer", "µs", "95 %", "share", "change"], "lrrrl", rows)
    functions = sorted(
        (row for layer in gap.layers for row in layer.functions if row.cost.significant),
        key=lambda row: -abs(row.cost.difference_us.value),
    )
    if not functions:
        print_paragraph(
            console, safe(f"None of {gap.functions_tested:,} functions differs by more than chance.", "dim")
        )
        return
    lines = [
        [
            safe(with_sign(row.cost.difference_us.value)),
            safe(interval(row.cost.difference_us)),
            safe(row.cost.change),
            safe(row.location.name),
        ]
        for row in functions[:_FUNCTIONS]
    ]
    print_columns(console, ["µs", "95 %", "change", "function"], "rrlN", lines)


def _print_counters(result: ComparisonResult, pair: Pair, console: Console) -> None:
    if not pair.counters:
        return
    name = named(result.measured, pair.candidate)
    print_heading(console, "Counters", "those above the expected number first")
    rows = []
    for row in pair.counters[:_COUNTERS]:
        title, unit = counter_title(CounterRow(row.name, 0.0, row.unit, row.meaning))
        ratio = ABSENT if row.ratio is None else f"{decimal(row.ratio, 2)}x"
        style = "bold" if row.above else ""
        rows.append(
            [
                safe(f"{title} {unit}"),
                safe(count(row.baseline)),
                safe(count(row.candidate), style),
                safe(ratio),
                safe(count(row.expected)),
            ]
        )
    arms = [head_of(title) for title in (named(result.measured, result.baseline), name)]
    heads = ["counter", *arms, "ratio", "expected"]
    print_columns(console, heads, "Wrrrr", rows)
