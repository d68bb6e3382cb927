"""Suspects whose gains do not add up: what one gains beside others against what it gains alone."""

import math

from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Interaction
from clientprof.model.experiments.suspicions import Experiments, Trial

# Of the client's cost: smaller differences are of no consequence.
_SMALLEST = 0.02
_MOST = 6


def interactions_of(held: Experiments, costs: Costs) -> tuple[Interaction, ...]:
    """The interactions that the trials show, the greatest first.

    A trial of several suspects is held against the trial without its last one; that gain against the last one's gain alone.
    """
    unchanged = costs.of(held.client)
    if unchanged is None:
        return ()
    by_suspects = {frozenset(trial.suspects): trial for trial in held.trials if not trial.dose_us}
    found: list[tuple[float, Interaction]] = []
    for trial in held.trials:
        if len(trial.suspects) < 2:
            continue
        *others, last = trial.suspects
        before, alone = by_suspects.get(frozenset(others)), by_suspects.get(frozenset((last,)))
        if before is None or alone is None:
            continue
        interaction = _interaction(trial, before, alone, held.client, costs, _SMALLEST * unchanged.value)
        if interaction is not None:
            found.append(interaction)
    found.sort(key=lambda row: -row[0])
    # Of one suspect beside several sets, the set with which it interacts most.
    first = {interaction.suspects[-1]: interaction for _, interaction in reversed(found)}
    return tuple(interaction for _, interaction in found if first[interaction.suspects[-1]] is interaction)[:_MOST]


def _interaction(
    trial: Trial, before: Trial, alone: Trial, client: str, costs: Costs, smallest_us: float
) -> tuple[float, Interaction] | None:
    there, here = costs.gain(alone.arm, client), costs.gain(trial.arm, before.arm)
    together, added = costs.gain(trial.arm, client), costs.gains_added((before.arm, alone.arm))
    if there is None or here is None or together is None or added is None:
        return None
    difference = here.value - there.value
    if abs(difference) < max(smallest_us, _chance(there, here)):
        return None
    last, rest = trial.suspects[-1], ", ".join(trial.suspects[:-1])
    verb = "gains" if here.value >= 0 else "loses"
    alone_verb = "gains" if there.value >= 0 else "loses"
    text = (
        f"Alone, {last} {alone_verb} {abs(there.value):,.0f} µs per request; "
        f"beside {rest} it {verb} {abs(here.value):,.0f} µs."
    )
    return abs(difference), Interaction(trial.suspects, added, together, text)


def _chance(left: Estimate, right: Estimate) -> float:
    """How far apart two estimates may lie by chance: their half-widths in quadrature; one without any allows all."""
    widths = [each.half_width for each in (left, right)]
    known = [width for width in widths if width is not None]
    if not known:
        return float("inf")
    # One block has no width of its own; groups of one machine scatter alike.
    return math.sqrt(sum(width**2 for width in known) * len(widths) / len(known))
