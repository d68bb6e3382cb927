"""What every result begins with: three lines that say what was found, why, and what to do, each with its figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.model.findings import SharedCause
from clientprof.report.writing.figures import decimal, measure, percent
from clientprof.report.writing.markup import Html, code_block, join, prose, tag

_CAUSES = 2
# Causes that meet different requests can be compared only over all of them.
_MEAN = "per request of the program, waiting included"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``text`` names the figure, ``code`` can be pasted, ``warning`` says what not to do instead."""

    text: str
    code: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class AnswerLines:
    """``why`` and ``steps`` may be empty: not everything has a cause that is known, or a remedy."""

    why: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    nothing: str = ""


def cost_text(cause: SharedCause) -> str:
    """``1,439 µs per request, 47.8 % of the client's CPU``; empty where the cause is no matter of CPU."""
    if cause.cost_us_per_request is None:
        return ""
    share = "" if cause.share is None else f", {percent(cause.share)} of the client's CPU"
    return f"{decimal(cause.cost_us_per_request, 0)}\u00a0µs per request{share}"


def time_text(cause: SharedCause) -> str:
    """``21.6 ms per request of the program ...``; empty where the cause has no such figure."""
    us = cause.time_us_per_request
    return f"{measure(us / 1000, 'ms', 2 if us < 1000 else 1)} {_MEAN}" if us else ""


def timed_cause(cause: SharedCause) -> str:
    """The cause in a sentence, and what all of it takes in one more where that is known: the title is of one finding."""
    return f"{cause.title}. This cause takes {takes}." if (takes := time_text(cause)) else f"{cause.title}."


def joined_reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """The reasons as they stand one after another: sentences need no sign between them."""
    return tuple(
        f"{' ' if reasons[number - 1].endswith('.') else '; '}{reason}" if number else reason
        for number, reason in enumerate(reasons)
    )


def why_text(causes: Sequence[SharedCause]) -> tuple[str, ...]:
    """The causes that cost most, each with what it takes of the CPU per request."""
    shown = [cause for cause in causes if cause.cost_us_per_request][:_CAUSES] or list(causes[:1])
    return tuple(f"{cause.title}{f': {cost}' if (cost := cost_text(cause)) else ''}" for cause in shown)


def steps_of(causes: Sequence[SharedCause]) -> tuple[Step, ...]:
    """What a user can do about the causes, those that cost most first. A remedy is given once, however many causes share it,
    with the figure of the one that costs most; so is a warning."""
    steps: list[Step] = []
    by_remedy = {cause.remedy: cause for cause in reversed(causes) if cause.remedy}
    for cause in (each for each in causes if by_remedy.get(each.remedy) is each):
        cost = cost_text(cause)
        at_stake = f" This can save up to {cost}." if cost else ""
        said = any(step.warning == cause.warning for step in steps)
        steps.append(Step(f"{cause.remedy}{at_stake}", cause.code, "" if said else cause.warning))
    return tuple(steps[:_CAUSES])


def answer_block(lines: AnswerLines) -> Html | None:
    """Why and what to do on a page, below the sentence that says what was found."""
    rows = []
    if lines.why:
        rows += [tag("dt", "Why"), tag("dd", _joined(lines.why))]
    if lines.steps:
        items = [_step(step) for step in lines.steps]
        listed = items[0] if len(items) == 1 else tag("ol", join(tag("li", item) for item in items))
        rows += [tag("dt", "What to do"), tag("dd", listed)]
    elif lines.nothing:
        rows += [tag("dt", "What to do"), tag("dd", prose(lines.nothing))]
    return tag("dl", join(rows), class_="verdict threefold") if rows else None


def _joined(parts: Sequence[str]) -> Html:
    """Each by itself: a mark of code in one must not reach into the next."""
    return join(prose(part) for part in joined_reasons(parts))


def _step(step: Step) -> Html:
    return join(
        (
            prose(step.text),
            code_block(step.code) if step.code else None,
            tag("p", prose(step.warning)) if step.warning else None,
        )
    )
