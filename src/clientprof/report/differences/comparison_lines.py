"""Why arms of a comparison differ, and which of them to take."""

from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.estimate import Verdict
from clientprof.report.differences.comparison_wording import gap_text
from clientprof.report.writing.answer_lines import AnswerLines, Step
from clientprof.report.writing.figures import decimal, interval, ratio_full
from clientprof.report.writing.wording import named


def comparison_lines(result: ComparisonResult) -> AnswerLines:
    """Of several pairs the one that differs most says why; the advice is one."""
    pairs = [pair for pair in result.pairs if pair.comparison.effect.ratio.value > 0]
    if not pairs:
        return AnswerLines()
    told = max(pairs, key=lambda pair: abs(pair.comparison.effect.ratio.value - 1))
    why = (gap_text(result, told.gap),) if told.gap is not None else ()
    return AnswerLines(why, (Step(_advice(result, pairs)),))


def _advice(result: ComparisonResult, pairs: list[Pair]) -> str:
    base = named(result.measured, result.baseline)
    faster = [pair for pair in pairs if pair.comparison.effect.verdict is Verdict.FASTER]
    slower = [pair for pair in pairs if pair.comparison.effect.verdict is Verdict.SLOWER]
    if faster:
        best = min(faster, key=lambda pair: pair.comparison.effect.ratio.value)
        name = named(result.measured, best.comparison.effect.candidate)
        return f"Take {name}: it saves {_apart(best, -1)} under this load."
    if slower and len(slower) == len(pairs):
        near = min(slower, key=lambda pair: pair.comparison.effect.ratio.value)
        name = named(result.measured, near.comparison.effect.candidate)
        return f"Stay with {base}: {name} spends {_apart(near, 1)} more under this load."
    undecided = next((p for p in pairs if p.comparison.effect.verdict is Verdict.NO_VERDICT), None)
    if undecided is not None:
        why = undecided.comparison.effect.reason
        return (
            f"Mend this first, then measure again, longer if need be (`--max-time`): {why}."
            if why
            else ("Measure again, longer (`--max-time`) or on a quieter machine.")
        )
    ratios = ", ".join(ratio_full(pair.comparison.effect.ratio) for pair in pairs)
    return f"Choose for other reasons: under this load CPU per request does not tell them apart ({ratios})."


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
