"""The first sentence of an explanation: of the whole gap, how much is which cause, and how much stays unexplained."""

import math
from dataclasses import dataclass

from clientprof.model.estimate import Effect, Estimate
from clientprof.model.experiments.staircase import Explanation, Outcome, Staircase
from clientprof.report.experiments.explanation_wording import gain_text
from clientprof.report.experiments.stair_rows import Stair, StairRow, asked_name, baseline_name, stair_rows, whole_us
from clientprof.report.writing.figures import decimal, interval, percent, plural, ratio, ratio_full
from clientprof.report.writing.trace_answer import answer
from clientprof.report.writing.wording import load_label

_STEPS_SPELT_OUT = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence: figures that matter are set bold, names of suspects as code."""

    text: str
    bold: bool = False
    code: bool = False


def explanation_answer(explanation: Explanation) -> list[Part]:
    """The sentence in parts, to be set one after the other. Gains that are upper bounds are told as "at most"."""
    stairs = explanation.staircase
    if stairs is None or not math.isfinite(whole_us(stairs)):
        stopped = [notice.text for notice in explanation.measured.notices if notice.id == "experiments-stopped"]
        unfinished = any(client.unfinished for client in explanation.measured.clients[:1])
        said = [answer(explanation.measured).sentence] if unfinished or not stopped else stopped
        return [*(Part(text) for text in said), Part(" No staircase could be built.")]
    rows = stair_rows(explanation)
    steps = sorted((row for row in rows if row.kind is Stair.STEP), key=lambda row: -_gain(row).value)
    rest = next((row for row in rows if row.kind is Stair.UNEXPLAINED), None)
    left = _without_baseline(stairs) if rest is None else _rest(explanation, rest)
    return [*_whole(explanation, stairs), *_causes(explanation, steps), *left, Part(".")]


def _gain(row: StairRow) -> Estimate:
    return row.gain_us or Estimate(0.0, None, None, "us", 0)


def _whole(explanation: Explanation, stairs: Staircase) -> list[Part]:
    """What is divided up: the ratio to the baseline, or the microseconds where there is no ratio or no baseline."""
    client, where, start = asked_name(explanation), load_label(explanation.measured), stairs.start
    if stairs.baseline_us is None:
        rest = f"{_bracket(start)} of CPU that {client} spends per request{where}, "
        return [Part("Of the "), _figure(start.value), Part(rest)]
    base, gap = baseline_name(explanation), whole_us(stairs)
    if gap <= 0:
        less = (
            f"spends {decimal(-gap, 0)}\u00a0µs less CPU per request than {base}{where}, so there is no gap to explain"
        )
        return [Part(f"{client} {less}; of its {decimal(start.value, 0)}\u00a0µs, ")]
    effect = _effect(explanation, stairs)
    if effect is None:
        return [Part("Of the "), _figure(gap), Part(f" of CPU that {client} spends per request above {base}{where}, ")]
    more = f"({decimal(gap, 0)}\u00a0µs more)"
    reach = ratio_full(effect.ratio).removeprefix(ratio(effect.ratio))
    rest = f"{reach} CPU that {client} spends per request against {base}{where} {more}, "
    return [Part("Of the "), Part(ratio(effect.ratio), True), Part(rest)]


def _effect(explanation: Explanation, stairs: Staircase) -> Effect | None:
    clients = explanation.measured.clients
    effects = (row.effect for row in explanation.measured.comparisons)
    name = clients[0].name if clients else None
    return next((row for row in effects if row.baseline == stairs.baseline and row.candidate == name), None)


def _causes(explanation: Explanation, steps: list[StairRow]) -> list[Part]:
    gains = [row for row in steps if _gain(row).value > 0]
    losses = [row for row in steps if _gain(row).value <= 0]
    if not gains and not explanation.experiments:
        return [Part("nothing is explained: no experiment was made")]
    if not gains:
        return _no_step(explanation)
    shown, more = gains[:_STEPS_SPELT_OUT], gains[_STEPS_SPELT_OUT:]
    if len(more) == 1:
        shown, more = gains, []
    parts: list[Part] = []
    for number, row in enumerate(shown):
        last = number == len(shown) - 1 and not more
        joint = "" if number == 0 else " and " if last else ", "
        parts += [Part(f"{joint}{'at most ' if row.bounded else ''}"), _figure(_gain(row).value)]
        parts += [
            Part(f"{_bracket(_gain(row))}{_share(row)}{' is ' if number == 0 else ' '}"),
            Part(row.label, code=True),
        ]
    if more:
        together = decimal(sum(_gain(row).value for row in more), 0)
        bound = "at most " if any(row.bounded for row in more) else ""
        parts.append(Part(f" and {bound}{together}\u00a0µs in {plural(len(more), 'further step')}"))
    for row in losses:
        cost = decimal(-_gain(row).value, 0)
        parts += [Part(f", while {cost}\u00a0µs are added by "), Part(row.label, code=True)]
    return parts


def _no_step(explanation: Explanation) -> list[Part]:
    """Without a step: what single experiments have saved, or that none has; those that were not made say nothing."""
    made = [row for row in explanation.experiments if row.gain_us is not None]
    confirmed = [row for row in made if row.outcome is Outcome.CONFIRMED]
    if confirmed:
        return [
            Part(f"{plural(len(confirmed), 'change')} saved a part, each by itself; their staircase was not measured")
        ]
    if not made:
        return [
            Part(f"nothing is explained: none of {plural(len(explanation.experiments), 'experiment')} was measured")
        ]
    return [Part(f"removing a cause saved nothing ({plural(len(made), 'experiment')})")]


def _rest(explanation: Explanation, rest: StairRow) -> list[Part]:
    gain = _gain(rest)
    if gain.value < 0:
        low, high = (None if end is None else -end for end in (gain.high, gain.low))
        below = gain_text(Estimate(-gain.value, low, high, gain.unit, gain.n), rest.bounded)
        return [Part(f"; without all of them it spends {below} less than {baseline_name(explanation)}")]
    bound = "at least " if rest.bounded else ""
    return [Part(f"; {bound}"), _figure(gain.value), Part(f"{_bracket(gain)}{_share(rest)} is unexplained")]


def _without_baseline(stairs: Staircase) -> list[Part]:
    if not stairs.steps:
        return []
    return [Part(f"; {gain_text(stairs.steps[-1].cpu_us_per_request)} remain without all of them")]


def _figure(value_us: float) -> Part:
    return Part(f"{decimal(value_us, 0)}\u00a0µs", True)


def _bracket(value: Estimate) -> str:
    bracket = interval(value, 0)
    return f" {bracket}" if bracket else ""


def _share(row: StairRow) -> str:
    return "" if row.share is None else f" ({percent(row.share)})"
