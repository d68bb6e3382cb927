"""The table at the end of a test session: what each test cost, the most requests first."""

from collections.abc import Mapping, Sequence

from clientprof.model.costs.watching import Costs
from clientprof.report.watching.table import rows_of_costs

_MOST = 30


def tests_table(tests: Mapping[str, Costs], fixtures: Costs, notes: Sequence[str], width: int) -> list[str]:
    """Lines without a line break. ``tests`` are the costs of each test's own part by its id, ``fixtures`` all the rest."""
    if not tests and not fixtures:
        return ["No test called an HTTP client that clientprof knows."]
    ordered = sorted(tests.items(), key=lambda item: (-item[1].requests, -item[1].blocked_s, item[0]))
    rest = ordered[_MOST:]
    rows = [(_names(name), costs) for name, costs in ordered[:_MOST]]
    total = fixtures
    for costs in tests.values():
        total += costs
    if rest:
        rows.append(((f"{len(rest)} more tests",), sum((costs for _, costs in rest), Costs())))
    if fixtures:
        rows.append((("in fixtures",), fixtures))
    rows.append(((f"all {len(tests)} tests with a cost",), total))
    return [*rows_of_costs("test", rows, width), *(f"Not watched: {note}." for note in notes)]


def _names(test: str) -> tuple[str, ...]:
    """What a test may be called, the longest first; where only the last fits, its end says most."""
    file, _, rest = test.partition("::")
    return test, f"{file.rpartition('/')[2]}::{rest}", rest, rest.rpartition("::")[2]
