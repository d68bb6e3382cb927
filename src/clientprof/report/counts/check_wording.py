"""Words for a check: one sentence for each bound, the same on a terminal, in Markdown and in annotations."""

from clientprof.model.counts.check import CheckResult, JudgedBound, Kept
from clientprof.model.counts.exact import FunctionDifference
from clientprof.report.writing.figures import count, plural, ratio_full

_CHANGED = 3


def answer(result: CheckResult) -> str:
    """The whole result in one sentence."""
    against = "" if result.base is None else f" against {result.base}"
    if result.broken:
        return f"{result.head}{against}: {plural(len(result.broken), 'bound')} of {len(result.bounds)} broken"
    if result.undecided:
        return f"{result.head}{against}: {plural(len(result.undecided), 'bound')} of {len(result.bounds)} not decided"
    return f"{result.head}{against}: all {plural(len(result.bounds), 'bound')} kept"


def bound_sentence(row: JudgedBound, result: CheckResult) -> str:
    """``c128/1k: calls <= 1.005 x base is broken: ...``."""
    text = f"{row.scenario}: {row.bound} is {row.outcome}: {row.reason}"
    if row.outcome is not Kept.BROKEN:
        return text
    if row.moved:
        text += f"; most of it in {', '.join(map(moved_text, row.moved))}"
    if result.changed:
        text += f"; changed: {changed_text(result)}"
    return text


def moved_text(row: FunctionDifference) -> str:
    """``h11._events.EventBase.__init__ (12 calls, 0 before)``."""
    if row.calls is None and row.other_calls is None:
        return f"{row.location.name} ({count(row.bytecodes or 0)} bytecodes, {count(row.other_bytecodes or 0)} before)"
    return f"{row.location.name} ({count(row.calls or 0)} calls, {count(row.other_calls or 0)} before)"


def changed_text(result: CheckResult) -> str:
    """The functions whose code changed."""
    more = len(result.changed) - _CHANGED
    return ", ".join(row.name for row in result.changed[:_CHANGED]) + (f" and {more} more" if more > 0 else "")


def times_sentences(result: CheckResult) -> tuple[str, ...]:
    """CPU beside the counts, with A/A."""
    return tuple(
        f"{row.scenario}: CPU {ratio_full(row.ratio)} of the base's; the base against itself (A/A) "
        f"{ratio_full(row.aa_ratio)}; {row.verdict}"
        for row in result.times
    )
