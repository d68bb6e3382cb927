"""No two pieces of advice in one report set the same setting to different values: whichever comes first stays.

What comes first is for the caller to say. Of a remedy that loses, the sentences about the setting are left out. Where
nothing is left of it, the remedy that it lost against takes its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clientprof.model.findings import Finding
from clientprof.model.knobs import Turn, Way


@dataclass(frozen=True, slots=True)
class Taken:
    """Advice that stands: what it turns, in its own words and code."""

    turns: tuple[Turn, ...]
    remedy: str
    code: str = ""


def reconciled(
    findings: Sequence[Finding], rank: Callable[[Finding], tuple[float, ...]], taken: Sequence[Taken] = ()
) -> tuple[Finding, ...]:
    """The findings in their order, with remedies that can all be followed.

    ``rank`` is smallest for what comes first; ``taken`` comes before all findings.
    """
    standing, found = list(taken), dict(enumerate(findings))
    for number in sorted(found, key=lambda place: (rank(found[place]), place)):
        found[number] = _following(found[number], standing)
        standing.append(Taken(found[number].turns, found[number].remedy, found[number].code))
    return tuple(found[number] for number in range(len(found)))


def contradicted_by(turns: Sequence[Turn], standing: Sequence[Taken]) -> Taken | None:
    """The first advice that one of the turns contradicts."""
    return next(
        (each for each in standing if any(turn.contradicts(mine) for mine in each.turns for turn in turns)), None
    )


def _following(finding: Finding, standing: Sequence[Taken]) -> Finding:
    lost = {turn.text for turn in finding.turns if contradicted_by((turn,), standing)}
    if not lost:
        return finding
    remedy = finding.remedy
    for text in lost:
        remedy = remedy.replace(text, "")
    remedy = " ".join(remedy.split())
    first = contradicted_by(finding.turns, standing)
    if not remedy and first is not None:
        return replace(finding, remedy=first.remedy, code=first.code, turns=first.turns)
    warned_only = all(turn.way is Way.NOT_UP for turn in finding.turns if turn.text in lost)
    return replace(
        finding,
        remedy=remedy,
        code=finding.code if warned_only else "",
        turns=tuple(turn for turn in finding.turns if turn.text not in lost),
    )
