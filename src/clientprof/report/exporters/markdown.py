"""A comparison as Markdown for a pull request: headline, table base/head/change, interval, A/A check, where it lies.

Text from outside is made inert: cells hold no pipe, no markup and no line break.
"""

import re
from collections.abc import Sequence

from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.estimate import Effect, Estimate
from clientprof.model.figures import percent_change
from clientprof.model.results import ClientResult
from clientprof.report.differences.comparison_wording import (
    incompatible_text,
    pair_answer,
    stopping_text,
    without_verdict_text,
)
from clientprof.report.writing.escape import visible
from clientprof.report.writing.figures import ABSENT, count, decimal, duration, interval, measure, percent, with_sign
from clientprof.report.writing.wording import named

_FUNCTIONS = 8
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@])")


def to_markdown(result: ComparisonResult) -> str:
    """The comparison in GitHub's Markdown, ending with a line break."""
    parts: list[str] = ["## clientprof: " + inert(result.measured.title)]
    refused = incompatible_text(result)
    if refused:
        parts.append(
            "\n".join([f"> **{inert(refused)}**", *(f"> * {inert(line)}" for line in result.incompatibilities)])
        )
    nothing = without_verdict_text(result)
    if nothing:
        parts.append(inert(nothing))
    for pair in result.pairs:
        parts += _pair(result, pair)
    if result.conditions:
        parts.append(
            "\n".join(
                f"* {as_code(row.text)}: **{inert(row.outcome)}**; {inert(row.reason)}" for row in result.conditions
            )
        )
    text = stopping_text(result)
    if text:
        parts.append(f"<sub>{inert(text)} Seed {result.measured.seed}. Intervals are 95 %.</sub>")
    return "\n\n".join(parts) + "\n"


def inert(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", visible(text).replace("\u00a0", " "))


def as_code(text: str) -> str:
    """Text in backticks that it cannot close."""
    return f"`{visible(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _pair(result: ComparisonResult, pair: Pair) -> list[str]:
    said = pair_answer(result, pair)
    parts = [f"**{inert(said.sentence)}**", _headline(result, pair)]
    effect = pair.comparison.effect
    floor = "no A/A arm was run" if effect.aa_ratio is None else _change(effect.aa_ratio)
    parts.append(f"A/A check (the baseline against itself, {effect.ratio.n} blocks): {floor}. {inert(effect.reason)}.")
    return parts + [found for found in (_layers(pair), _functions(pair), _code(pair), _counters(pair)) if found]


def _headline(result: ComparisonResult, pair: Pair) -> str:
    base, head = (_client(result, name) for name in (result.baseline, pair.candidate))
    comparison = pair.comparison
    names = [inert(named(result.measured, name)) for name in (result.baseline, pair.candidate)]
    rows = [("metric", f"base: {names[0]}", f"head: {names[1]}", "change", "95 % interval")]
    if base is not None and head is not None and base.control is not None and head.control is not None:
        was, now = base.control, head.control
        cpu = (measure(was.cpu_us_per_request.value, "us"), measure(now.cpu_us_per_request.value, "us"))
        rows.append(("CPU per request", *cpu, *_effect(comparison.effect)))
        wall = (duration(was.wall_s.value), duration(now.wall_s.value))
        rows.append(("wall per round", *wall, *_effect(comparison.wall_effect)))
        for title, left, right in (
            ("latency p50", was.latency_ms.p50, now.latency_ms.p50),
            ("latency p99", was.latency_ms.p99, now.latency_ms.p99),
        ):
            rows.append((title, measure(left, "ms"), measure(right, "ms"), "", ""))
        rows.append(("failed", str(sum(was.errors.values())), str(sum(now.errors.values())), "", ""))
    return as_table(rows, "lrrrr")


def _client(result: ComparisonResult, name: str) -> ClientResult | None:
    return next((client for client in result.measured.clients if client.name == name), None)


def _effect(effect: Effect) -> tuple[str, str]:
    low, high = effect.ratio.low, effect.ratio.high
    bracket = "" if low is None or high is None else f"{percent_change(low)} to {percent_change(high)}"
    return f"{percent_change(effect.ratio.value)} ({effect.verdict})", bracket


def _change(value: Estimate) -> str:
    bracket = (
        ""
        if value.low is None or value.high is None
        else f" [{percent_change(value.low)}, {percent_change(value.high)}]"
    )
    return f"{percent_change(value.value)}{bracket}"


def _layers(pair: Pair) -> str | None:
    gap = pair.gap
    if gap is None:
        return None
    shown = [row for row in gap.layers if row.cost.significant]
    shown.sort(key=lambda row: -abs(row.cost.difference_us.value))
    if not shown:
        return "No layer differs beyond chance."
    rows = [("layer", "base µs", "head µs", "change µs", "95 % interval", "share of the gap")]
    for row in shown:
        apart = row.cost.difference_us
        costs = (decimal(row.cost.baseline_us), decimal(row.cost.candidate_us), with_sign(apart.value), interval(apart))
        rows.append((str(row.layer), *costs, percent(row.share_of_gap)))
    return as_table(rows, "lrrrrr")


def _functions(pair: Pair) -> str | None:
    gap = pair.gap
    if gap is None:
        return None
    shown = [row for layer in gap.layers for row in layer.functions if row.cost.significant]
    shown.sort(key=lambda row: -abs(row.cost.difference_us.value))
    if not shown:
        return None
    rows = [("function", "layer", "base µs", "head µs", "change µs", "")]
    rows += [
        (
            as_code(row.location.name),
            str(row.layer),
            decimal(row.cost.baseline_us),
            decimal(row.cost.candidate_us),
            with_sign(row.cost.difference_us.value),
            str(row.cost.change),
        )
        for row in shown[:_FUNCTIONS]
    ]
    label = f"Functions that differ: {len(shown)} of {gap.functions_tested} tested"
    return f"<details><summary>{label}</summary>\n\n{as_table(rows, 'llrrrl')}\n\n</details>"


def _code(pair: Pair) -> str | None:
    """The changed lines of functions in layers that moved, in blocks that no line of theirs can close."""
    code = pair.code
    if code is None:
        return None
    rows = [row for layer in code.layers for row in layer.functions] or [*code.others]
    if not rows:
        return None
    parts = []
    for row in sorted(rows, key=lambda row: not row.significant)[:_FUNCTIONS]:
        lines = [visible(line) for line in row.lines]
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        parts.append(f"{as_code(row.location.name)}\n\n{fence}diff\n" + "\n".join(lines) + f"\n{fence}")
    body = "\n\n".join(parts)
    return f"<details><summary>Changed lines</summary>\n\n{body}\n\n</details>"


def _counters(pair: Pair) -> str | None:
    above = [row for row in pair.counters if row.above]
    if not above:
        return None
    rows = [("counter above what is expected", "base", "head", "expected")]
    rows += [
        (inert(row.name.replace("_", " ")), count(row.baseline), count(row.candidate), count(row.expected))
        for row in above
    ]
    return as_table(rows, "lrrr")


def as_table(rows: Sequence[tuple[str, ...]], align: str) -> str:
    """A table; cells are inert already or figures of ours. ``align`` has ``l`` or ``r`` per column."""
    rule = "|".join(" ---: " if side == "r" else " --- " for side in align)
    lines = [f"| {' | '.join(cell.replace(ABSENT, '-') for cell in row)} |" for row in rows]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]]).replace("\u00a0", " ")
