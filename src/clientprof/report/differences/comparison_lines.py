"""Why arms of a comparison differ, and which of them to take."""

from clientprof.model.differences.choice import Choice, Decision
from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.report.differences.comparison_wording import gap_text
from clientprof.report.writing.answer_lines import AnswerLines, Step
from clientprof.report.writing.figures import decimal, interval, ratio_full
from clientprof.report.writing.wording import named


def comparison_lines(result: ComparisonResult) -> AnswerLines:
    """Of several pairs the one that differs most says why; the advice is one."""
    pairs = [pair for pair in result.pairs if pair.comparison.effect.ratio.value > 0]
    if not pairs or result.choice is None:
        return AnswerLines()
    told = max(pairs, key=lambda pair: abs(pair.comparison.effect.ratio.value - 1))
    why = (gap_text(result, told.gap),) if told.gap is not None else ()
    return AnswerLines(why, (Step(_advice(result, result.choice)),))


def _advice(result: ComparisonResult, choice: Choice) -> str:
    base = named(result.measured, result.baseline)
    if choice.decision is Decision.MEASURE_AGAIN:
        return (
            f"Mend this first, then measure again, longer if need be (`--max-time`): {choice.reason}."
            if choice.reason
            else "Measure again, longer (`--max-time`) or on a quieter machine."
        )
    if choice.decision is Decision.EITHER:
        ratios = ", ".join(ratio_full(pair.comparison.effect.ratio) for pair in result.pairs)
        return f"Choose for other reasons: under this load CPU per request does not tell them apart ({ratios})."
    pair = next(pair for pair in result.pairs if pair.candidate == choice.candidate)
    name = named(result.measured, choice.candidate)
    take = choice.decision is Decision.TAKE
    for_cpu = " for its CPU" if choice.wall is not None else ""
    text = (
        f"Take {name}{for_cpu}: it saves {_apart(pair, -1)} under this load"
        if take
        else f"Stay with {base}{for_cpu}: {name} spends {_apart(pair, 1)} more under this load"
    )
    if choice.wall is not None:
        text += f", but takes {ratio_full(choice.wall.ratio)} the wall time"
    load = (
        " They did not have as many requests in flight, so part of it may be the load." if choice.unlike_loads else ""
    )
    return f"{text}.{load}"


def _apart(pair: Pair, sign: int) -> str:
    """``361 µs [327, 401] of CPU per request``; the ratio where the difference is not known."""
    gap = None if pair.gap is None else pair.gap.control_us or pair.gap.sampled_us
    if gap is None or gap.value * sign <= 0:
        return f"{ratio_full(pair.comparison.effect.ratio)} the CPU per request"
    if sign < 0:
        ends = None if gap.low is None or gap.high is None else (-gap.high, -gap.low)
        reach = "" if ends is None else f" [{decimal(ends[0], 0)}, {decimal(ends[1], 0)}]"
        return f"{decimal(-gap.value, 0)}\u00a0µs{reach} of CPU per request"
    return f"{decimal(gap.value, 0)}\u00a0µs {interval(gap, 0)} of CPU per request"
