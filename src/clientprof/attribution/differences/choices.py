"""The advice of a comparison, held together with what else its report says.

CPU per request decides. Where wall time says the opposite, or the clients bore different loads, the advice says so too.
Whoever is told to stay with a client is not told elsewhere in the same report to take another one.
"""

from collections.abc import Sequence
from dataclasses import replace

from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.reconciling import Taken
from clientprof.model.client_names import client_of
from clientprof.model.differences.choice import Choice, Decision
from clientprof.model.differences.comparison import Pair
from clientprof.model.estimate import Effect, Verdict
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.results import TraceResult

_OPPOSITE = {Decision.TAKE: Verdict.SLOWER, Decision.STAY: Verdict.FASTER}


def choice_of(pairs: Sequence[Pair], measured: TraceResult) -> Choice | None:
    """None where nothing was compared."""
    known = [pair.comparison for pair in pairs if pair.comparison.effect.ratio.value > 0]
    if not known:
        return None
    faster = [each for each in known if each.effect.verdict is Verdict.FASTER]
    slower = [each for each in known if each.effect.verdict is Verdict.SLOWER]
    if faster or len(slower) == len(known):
        decision = Decision.TAKE if faster else Decision.STAY
        told = min(faster or slower, key=lambda each: each.effect.ratio.value)
        return Choice(
            decision,
            told.effect.candidate,
            wall=_against(decision, told.wall_effect),
            unlike_loads=any(notice.id == "in-flight-differs" for notice in measured.notices),
        )
    undecided = next((each.effect for each in known if each.effect.verdict is Verdict.NO_VERDICT), None)
    return Choice(Decision.EITHER) if undecided is None else Choice(Decision.MEASURE_AGAIN, reason=undecided.reason)


def _against(decision: Decision, wall: Effect) -> Effect | None:
    return wall if wall.verdict is _OPPOSITE[decision] else None


def held_to(choice: Choice | None, measured: TraceResult, baseline: str) -> TraceResult:
    """The result whose findings advise nothing else than the choice."""
    if choice is None or not choice.candidate or not measured.clients:
        return measured
    about = measured.clients[0]
    kept = baseline if choice.decision is Decision.STAY else choice.candidate
    rival = choice.candidate if choice.decision is Decision.STAY else baseline
    if kept != about.name or client_of(rival) == client_of(kept):
        return measured
    stay = Taken((Turn(Knob.CLIENT, Way.NOT_UP),), "")
    causes = causes_of(measured.findings, about, (stay,))
    return replace(measured, causes=causes, findings=tuple(each for cause in causes for each in cause.findings))
