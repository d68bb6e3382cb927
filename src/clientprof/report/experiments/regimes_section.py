"""The leading experiments under other loads: whether a cause matters there too."""

from clientprof.model.experiments.staircase import Explanation, Regime
from clientprof.report.experiments.stair_rows import is_bounded
from clientprof.report.experiments.staircase_section import figure
from clientprof.report.writing.figures import ABSENT, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import quiet


def regimes_section(explanation: Explanation) -> Html | None:
    """A column per load, a row per suspect; None where no other load was tried."""
    regimes = explanation.regimes
    if not regimes:
        return None
    suspects = list(dict.fromkeys(name for regime in regimes for name in regime.gains_us))
    columns = [Column("Gain"), *(Column(regime.label, numeric=True, hint="µs per request") for regime in regimes)]
    cost: list[Node] = ["CPU as it is", *(figure(regime.cpu_us_per_request) for regime in regimes)]
    body = [cost, *(_row(name, regimes, "at most " if is_bounded(explanation, name) else "") for name in suspects)]
    text = caption(
        "The leading experiments again under other loads; small figures are 95 % intervals and shares of that load's CPU."
    )
    return join((text, table("Regimes", columns, body, "stairs", ["total", *(None for _ in suspects)])))


def _row(name: str, regimes: tuple[Regime, ...], bound: str) -> list[Node]:
    return [tag("code", name), *(_cell(regime, name, bound) for regime in regimes)]


def _cell(regime: Regime, name: str, bound: str) -> Node:
    gain, cost = regime.gains_us.get(name), regime.cpu_us_per_request.value
    if gain is None:
        return ABSENT
    share = quiet(f" {percent(gain.value / cost)}") if cost > 0 else None
    return join((figure(gain, bound), share))
