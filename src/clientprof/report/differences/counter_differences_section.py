"""Counters of all arms side by side, the ratio to the baseline and what is expected beside them."""

from clientprof.model.differences.between_arms import CounterDifference
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.results import CounterRow
from clientprof.report.writing.figures import ABSENT, count, decimal
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import quiet
from clientprof.report.writing.wording import counter_title, named


def counter_differences_section(result: ComparisonResult) -> Html | None:
    """One row per counter, two columns per candidate; a value above its expectation is marked in words."""
    pairs = [pair for pair in result.pairs if pair.counters]
    if not pairs:
        return None
    columns = [Column("Counter"), Column(named(result.measured, result.baseline), numeric=True)]
    for pair in pairs:
        columns += [Column(named(result.measured, pair.candidate), numeric=True), Column("ratio", numeric=True)]
    columns += [Column("Expected", numeric=True), Column("What it counts")]
    found = [{row.name: row for row in pair.counters} for pair in pairs]
    rows: list[list[Node]] = []
    for name in dict.fromkeys(name for counters in found for name in counters):
        known = next(counters[name] for counters in found if name in counters)
        title, unit = counter_title(CounterRow(known.name, 0.0, known.unit, known.meaning))
        cells: list[Node] = [join((title, " ", quiet(unit))), count(known.baseline)]
        for counters in found:
            cells += _cells(counters.get(name))
        rows.append([*cells, count(known.expected), known.meaning])
    text = caption("Exact counts, a mechanism's fingerprint: a count far above the expected one names the fault.")
    return join((text, table("Counters side by side", columns, rows, "counters")))


def _cells(row: CounterDifference | None) -> list[Node]:
    if row is None:
        return [ABSENT, ABSENT]
    value = join((tag("b", count(row.candidate)), tag("small", "above"))) if row.above else count(row.candidate)
    return [value, ABSENT if row.ratio is None else f"{decimal(row.ratio, 2)}x"]
