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
    return f"{result.head}{against}: {plural(len(result.bounds), 'bound')}, all kept"


def bound_sentence(row: JudgedBound, result: CheckResult) -> str:
    """``c128/1k: calls <= 1.005 x base is broken: ...``."""
    text = f"{row.scenario}: {row.bound} is {row.outcome}: {row.reason}"
    if row.outcome is not Kept.BROKEN:
        return text
    if row.moved:
        # A counter is no sum of calls: those are only what went along with it.
        summed = row.bound.lower().startswith(("calls", "bytecodes", "library"))
        text += f"; {'most of it in' if summed else 'called more often:'} {', '.join(moved_texts(row))}"
    if result.changed:
        text += f"; changed: {changed_text(result)}"
    return text


def moved_texts(row: JudgedBound) -> tuple[str, ...]:
    """``h11._events.EventBase.__init__ (12 calls, 0 before)`` for each function that moved the figure."""
    unit = "bytecodes" if "bytecodes" in row.bound else "calls"
    return tuple(_moved(each, unit) for each in row.moved)


def _moved(row: FunctionDifference, unit: str) -> str:
    now, then = (row.calls, row.other_calls) if unit == "calls" else (row.bytecodes, row.other_bytecodes)
    return f"{row.location.name} ({count(now or 0)} {unit}, {count(then or 0)} before)"


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
