"""Sentences of a sweep that page and terminal share."""

from clientprof.model.estimate import Estimate
from clientprof.model.growth.series import FEWEST_N, Crossing, GrowthResult, Retention, Series
from clientprof.report.writing.figures import ABSENT, decimal, interval, measure, plural, ratio, ratio_interval


def versioned(result: GrowthResult, client: str) -> str:
    """``httpx 0.28.1``."""
    return f"{client} {result.versions.get(client, '')}".strip()


def growth_sentence(result: GrowthResult, series: Series) -> str:
    """A client's cost from the smallest to the largest n, and the slope."""
    first, last = series.points[0], series.points[-1]
    unit = first.cost.unit
    text = f"{versioned(result, series.client)}: {measure(first.cost.value, unit)} at n = {first.n}, "
    text += f"{measure(last.cost.value, unit)} at n = {last.n}"
    return text + (f"; slope {slope_text(series.slope)}." if series.slope else ".")


def unfinished_sentences(result: GrowthResult) -> list[str]:
    """Which clients could not finish, at which n, and how far they came."""
    return [notice.text for notice in result.notices if notice.id in ("unfinished", "not-at-larger-n")]


def slope_text(slope: Estimate | None) -> str:
    """``0.62 [0.55, 0.70]``; a dash with fewer than three points."""
    return ABSENT if slope is None else f"{decimal(slope.value, 2)} {interval(slope, 2)}".rstrip()


def crossing_sentence(crossing: Crossing) -> str:
    """Where two clients cross, or that they do not."""
    pair = f"{crossing.first} and {crossing.second}"
    subject = crossing.subject[:1].upper() + crossing.subject[1:]
    if crossing.at is None:
        return f"{subject}: no certain crossing of {pair} in the measured range."
    at = crossing.at
    return (
        f"{subject}: {crossing.below} is cheaper below n = {decimal(at.value, 0)} {interval(at, 0)}, "
        f"{crossing.above} above."
    )


def retention_sentence(result: GrowthResult, row: Retention) -> str:
    """Throughput at the larger n over that at the smaller."""
    kept = f"{versioned(result, row.client)} keeps {ratio(row.ratio)} {ratio_interval(row.ratio)} of its throughput"
    ends = ((row.small_n, row.small_rps), (row.large_n, row.large_rps))
    small, large = (f"c{n} ({decimal(rps, 0)} requests/s)" for n, rps in ends)
    return f"{kept} from {small} to {large}."


def _untested(result: GrowthResult, client: str) -> str:
    """Why no layer of the client has a slope."""
    numbers = {point.n for row in (*result.totals, *result.layers) if row.client == client for point in row.points}
    if len(numbers) < FEWEST_N:
        return f"a slope needs {FEWEST_N} values of n (-n) or more, and it has {len(numbers)}"
    return "its layers were not measured at every n"


def suspects_sentence(result: GrowthResult) -> str:
    """How many suspects each client has, and the costliest; or why none could be found."""
    parts = []
    for client in result.clients:
        if not any(row.client == client for row in (*result.totals, *result.layers)):
            parts.append(f"{versioned(result, client)} finished at no n")
            continue
        mine = [row for row in result.suspects if row.client == client]
        if not any(row.client == client and row.slope is not None for row in (*result.layers, *result.functions)):
            parts.append(
                f"{versioned(result, client)} was not tested for scaling suspects: {_untested(result, client)}"
            )
            continue
        if not mine:
            parts.append(f"{versioned(result, client)} has no scaling suspect")
            continue
        worst = max([row for row in mine if row.location] or mine, key=lambda row: row.points[-1].cost.value)
        parts.append(
            f"{versioned(result, client)} has {plural(len(mine), 'scaling suspect')}, the most expensive is `{worst.title}` "
            f"with slope {slope_text(worst.slope)}"
        )
    return f"{'; '.join(parts)}."
