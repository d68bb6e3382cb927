"""Sentences of a comparison that page, terminal and Markdown share."""

from clientprof.model.differences.between_arms import Gap
from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.estimate import Verdict
from clientprof.report.writing.figures import (
    decimal,
    duration,
    percent,
    plural,
    ratio,
    ratio_full,
    ratio_interval,
    with_sign,
)
from clientprof.report.writing.trace_answer import Answer
from clientprof.report.writing.wording import load_label, named

# Of what the samples say: from here on, other threads are told beside it.
_OTHER_THREADS = 0.1


def pair_answer(result: ComparisonResult, pair: Pair) -> Answer:
    """The verdict on CPU per request in one sentence, figure and interval in it."""
    effect = pair.comparison.effect
    now, was = named(result.measured, effect.candidate), named(result.measured, effect.baseline)
    where = load_label(result.measured)
    bracket = ratio_interval(effect.ratio)
    if bracket:
        bracket = f" {bracket}"
    if effect.verdict in (Verdict.FASTER, Verdict.SLOWER):
        rest = f"{bracket} the CPU of {was} per request{where}."
        return Answer(f"{now} is {effect.verdict}: it spends ", ratio(effect.ratio), rest)
    if effect.verdict is Verdict.NO_DIFFERENCE:
        rest = f"{bracket} the CPU per request{where}."
        return Answer(f"No difference shown between {now} and {was}: ", ratio(effect.ratio), rest)
    return Answer(f"No verdict on {now} against {was}: {effect.reason}. Measured: ", ratio(effect.ratio), f"{bracket}.")


def without_verdict_text(result: ComparisonResult) -> str | None:
    """Why nothing is compared, where a client could not finish; None where there is a pair, or another reason."""
    if result.pairs:
        return None
    found = [notice.text for notice in result.measured.notices if notice.id in ("unfinished", "block-unfinished")]
    return f"No verdict, because the clients did not do equal work. {' '.join(found)}" if found else None


def wall_text(result: ComparisonResult, pair: Pair) -> str:
    """Wall time, secondary to CPU."""
    wall = pair.comparison.wall_effect
    why = f": {wall.reason}" if wall.verdict is Verdict.NO_VERDICT and wall.reason else ""
    return f"{named(result.measured, wall.candidate)}: wall time {ratio_full(wall.ratio)}, {wall.verdict}{why}."


def gap_text(result: ComparisonResult, gap: Gap) -> str:
    """Which layers and functions make up the gap, significant ones only."""
    layers = sorted(
        (row for row in gap.layers if row.cost.significant), key=lambda row: -abs(row.cost.difference_us.value)
    )
    functions = sorted(
        (row for layer in gap.layers for row in layer.functions if row.cost.significant),
        key=lambda row: -abs(row.cost.difference_us.value),
    )
    name = named(result.measured, gap.candidate)
    if not layers:
        return f"{name}: no layer differs by more than chance."
    parts = ", ".join(f"{row.layer} {with_sign(row.cost.difference_us.value)} µs" for row in layers[:3])
    sampled = gap.sampled_us.value
    text = (
        f"{name} spends {decimal(abs(sampled))} µs {'more' if sampled > 0 else 'less'} CPU per request by the samples, "
        f"most of it in: {parts}."
    )
    if gap.remainder_us is not None and abs(gap.remainder_us) >= _OTHER_THREADS * abs(sampled):
        # Else this would contradict a verdict that counts all threads.
        less = "more" if gap.remainder_us > 0 else "less"
        text += f" Other threads, which are not sampled, spend {decimal(abs(gap.remainder_us))} µs {less}."
    if functions:
        named_functions = ", ".join(
            f"`{row.location.function}` {with_sign(row.cost.difference_us.value)} µs" for row in functions[:3]
        )
        text += f" By function: {named_functions}."
    return text


def stopping_text(result: ComparisonResult) -> str | None:
    """Why measuring ended, after how many blocks, and how narrow the widest interval is."""
    stop = result.stopping
    if stop is None:
        return None
    text = f"Measured until: {stop.reason}, after {plural(stop.blocks, 'block')}"
    if stop.seconds is not None:
        text += f" in {duration(stop.seconds)}"
    if stop.verdict_seconds is not None:
        text += f", of which {duration(stop.verdict_seconds)} until the blocks were over"
    if stop.half_width is not None:
        text += f"; widest half-width {percent(stop.half_width)}, aim {percent(stop.aim)}"
    return f"{text}."


def incompatible_text(result: ComparisonResult) -> str | None:
    """That the arms differ in more than what is compared; None where they do not."""
    if not result.incompatibilities:
        return None
    if result.allowed:
        return "The arms differ in more than what is compared, and the comparison was asked for all the same:"
    return "The arms cannot be compared:"
