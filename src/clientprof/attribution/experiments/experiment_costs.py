"""What the arms of experiments cost: CPU per request by group in lock-step, and differences between arms of one group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.costs.against_baseline import observations
from clientprof.model.estimate import Estimate
from clientprof.model.experiments.suspicions import Experiments
from clientprof.model.recording import Recording
from clientprof.model.run import AGAIN
from clientprof.stats.intervals import mean_estimate, ratio_estimate, sum_of

_METRIC = "cpu_us_per_request"


@dataclass(frozen=True, slots=True)
class Costs:
    """``groups`` hold each arm's CPU per request, microseconds. ``client`` is the unchanged arm; it runs twice in each."""

    client: str
    groups: tuple[Mapping[str, float], ...]

    @property
    def _again(self) -> str:
        return f"{self.client} {AGAIN}"

    def having(self, arms: Sequence[str]) -> "Costs":
        """The groups that have all of these arms; all groups where none has."""
        whole = tuple(group for group in self.groups if all(arm in group for arm in arms))
        return Costs(self.client, whole or self.groups)

    def of(self, arm: str) -> Estimate | None:
        """The arm's mean cost; of the unchanged client over both its arms. None where it was not measured."""
        found = [value for group in self.groups if (value := self._value(group, arm)) is not None]
        return mean_estimate(found, "us") if found else None

    def gain(self, arm: str, reference: str) -> Estimate | None:
        """How much less the arm costs than the reference, paired by group."""
        pairs = self._pairs(arm, reference)
        return mean_estimate([right - left for left, right in pairs], "us") if pairs else None

    def gains_added(self, arms: Sequence[str]) -> Estimate | None:
        """What these arms gain over the unchanged client, each alone, added up. None where one was not measured.

        Where the same groups have all of them it is the mean of each group's sum: gains of one group share its unchanged
        client, and are not independent. Otherwise they are added as if they were.
        """
        gains = [gain for arm in arms if (gain := self.gain(arm, self.client)) is not None]
        if not gains or len(gains) < len(arms):
            return None
        rows = self.shares((self.client, *arms))
        if all(gain.n == len(rows) for gain in gains):
            return mean_estimate([sum(own - cost for cost in changed) for own, *changed in rows], "us")
        return sum_of(gains)

    def ratio(self, arm: str, reference: str) -> Estimate | None:
        """The arm's cost over the reference's, paired by group."""
        pairs = self._pairs(arm, reference)
        return ratio_estimate([float(np.log(left / right)) for left, right in pairs]) if pairs else None

    def again(self) -> Estimate | None:
        """The unchanged client against itself."""
        second = self._again
        logs = [
            float(np.log(group[second] / group[self.client]))
            for group in self.groups
            if second in group and self.client in group
        ]
        return ratio_estimate(logs) if logs else None

    def shares(self, arms: Sequence[str]) -> list[tuple[float, ...]]:
        """Those arms' costs in every group that has all of them."""
        rows = [tuple(self._value(group, arm) for arm in arms) for group in self.groups]
        return [tuple(value for value in row if value is not None) for row in rows if None not in row]

    def _pairs(self, arm: str, reference: str) -> list[tuple[float, float]]:
        return [(row[0], row[1]) for row in self.shares((arm, reference))]

    def _value(self, group: Mapping[str, float], arm: str) -> float | None:
        if arm == self.client and arm in group and self._again in group:
            return (group[arm] + group[self._again]) / 2
        return group.get(arm)


def costs_of(recording: Recording, client: str, blocks: Collection[int] = (), *, leave_out: bool = False) -> Costs:
    """The costs of all groups of a recording, in order; of these blocks only, or of all but these.

    ``blocks`` empty: all of them.
    """
    runs = [
        run
        for run in recording.runs
        if run.facts.lens == "control"
        and len(run.column("turn.rounds"))
        and (not blocks or (run.facts.block in blocks) is not leave_out)
    ]
    return Costs(client, tuple(arms for _, arms in observations(runs, _METRIC)))


def costs_here(recording: Recording, held: Experiments) -> Costs:
    """The costs under the load that is explained."""
    return costs_of(recording, held.client, held.blocks_elsewhere, leave_out=True)
