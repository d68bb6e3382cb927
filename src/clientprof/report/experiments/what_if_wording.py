"""Words of a program that was tried with remedies, shared by terminal, page and summary."""

from clientprof.model.estimate import Estimate, Verdict
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.report.writing.answer_lines import AnswerLines, Step
from clientprof.report.writing.figures import ABSENT, decimal, percent, plural

HOW = (
    "The program is started afresh for each run. A block is one run of it as it is, one more (A/A), one with each suspect's "
    "change and one with all of them, in random order; every second block is the block before it backwards.",
    "CPU is that of the processes that make requests, from the start of the first request to the end of the last; starting "
    "the program and ending it are not in it.",
    "Beside the change, two clock readings a request are added, in all arms alike. Nothing is installed into the program's "
    "environment: a package that a change needs is in a folder at the end of its path.",
    "A gain is called one only if its 95 % interval lies outside 0.98 to 1.02 and the program against itself contains 1.",
)
_VERDICTS = {
    Verdict.FASTER: "saves",
    Verdict.SLOWER: "costs more",
    Verdict.NO_DIFFERENCE: "no difference",
    Verdict.NO_VERDICT: "no verdict",
}


def verdict_word(row: Tried) -> str:
    """``saves``, ``no difference``, ``failed``: for a table."""
    if row.cpu is None:
        return "failed" if row.reason else "not measured"
    return _VERDICTS[row.cpu.verdict]


def why_text(row: Tried) -> str:
    """Why the verdict is what it is, or why there is none."""
    return row.reason if row.cpu is None else row.cpu.reason


def saved_text(row: Tried) -> str:
    """``20.3 % [18.9, 21.6]``: saved of the CPU per request; negative where it costs more."""
    if row.cpu is None:
        return ABSENT
    ratio = row.cpu.ratio
    text = percent(1 - ratio.value)
    if ratio.low is None or ratio.high is None:
        return text
    return f"{text} [{decimal((1 - ratio.high) * 100)}, {decimal((1 - ratio.low) * 100)}]"


def answer_text(found: WhatIf) -> str:
    """What was found, in one or two sentences."""
    if found.unchanged_us is None:
        return f"Nothing was measured: {_why_nothing(found)}."
    gains = ranked(found)
    name, cost = found.program, f"{decimal(found.unchanged_us.value, 0)}\u00a0µs of CPU per request"
    if not gains:
        tried = ", ".join(row.name for row in found.alone)
        return f"{name} takes {cost}. Nothing that was tried saves any of it for certain ({tried})."
    first = gains[0]
    text = f"{name} takes {cost}. {first.name} saves {saved_text(first)} of that"
    more = [f"{row.name} {saved_text(row)}" for row in gains[1:]]
    text += f"; {', '.join(more)}." if more else "."
    both = found.together
    if both is not None and both.cpu is not None and both.cpu.verdict is Verdict.FASTER:
        text += f" All {len(both.suspects)} together save {saved_text(both)}."
    return text


def _why_nothing(found: WhatIf) -> str:
    if found.undone or any(row.reason for row in found.alone):
        return "none of the suspects could be tried"
    return "no block is whole"


def ranked(found: WhatIf) -> list[Tried]:
    """The suspects that save CPU for certain, the best first."""
    rows = [row for row in found.alone if row.cpu is not None and row.cpu.verdict is Verdict.FASTER]
    return sorted(rows, key=lambda row: -(row.saved_share or 0.0))


def answer_lines(found: WhatIf) -> AnswerLines:
    """Why, and what to do: the remedies that gain, the best first."""
    why, steps = [], []
    for row in ranked(found):
        suspicion = found.suspicion(row.name)
        if suspicion is None:
            continue
        why.append(f"{row.name}: {suspicion.hypothesis}")
        if suspicion.remedy:
            given_up = f"It gives up: {suspicion.gives_up}." if suspicion.gives_up else ""
            steps.append(Step(f"{suspicion.remedy} This saves {saved_text(row)}.", suspicion.code, given_up))
    unsaved = "Change nothing: none of the remedies that were tried saves CPU for certain."
    nothing = "" if steps or found.unchanged_us is None else unsaved
    return AnswerLines(tuple(why), tuple(steps), nothing)


def together_text(found: WhatIf) -> str | None:
    """What all of them gain together, beside the gains alone added up."""
    both, alone = found.together, found.sum_us
    if both is None:
        return None
    if both.gain_us is None or alone is None:
        return f"All of them together: {both.reason}."
    verb = "save" if both.gain_us.value >= 0 else "lose"
    return (
        f"Together they {verb} {_us(_positive(both.gain_us))} a request; alone, their gains add up to {_us(alone)}."
        f"{_interaction(both.gain_us, alone)}"
    )


def _positive(value: Estimate) -> Estimate:
    """A loss as a positive number."""
    if value.value >= 0:
        return value
    low, high = value.low, value.high
    return Estimate(-value.value, None if high is None else -high, None if low is None else -low, value.unit, value.n)


def _us(value: Estimate) -> str:
    low, high = value.low, value.high
    reach = "" if low is None or high is None else f" [{decimal(low, 0)}, {decimal(high, 0)}]"
    return f"{decimal(value.value, 0)}\u00a0µs{reach}"


def _interaction(both: Estimate, alone: Estimate) -> str:
    if None in (both.low, both.high, alone.low, alone.high):
        return ""
    assert both.low is not None
    assert both.high is not None
    assert alone.low is not None
    assert alone.high is not None
    if both.high < alone.low:
        return " They take away partly the same cost."
    if both.low > alone.high:
        return " They help each other."
    return ""


def measured_text(found: WhatIf) -> str:
    """What the figures rest on."""
    text = f"{plural(found.blocks, 'block')} of fresh runs, {decimal(found.requests, 0)} requests a run"
    if found.again is not None:
        again = found.again
        reach = "" if again.low is None or again.high is None else f" [{again.low:.3f}, {again.high:.3f}]"
        text += f"; the program against itself: {again.value:.3f}{reach}"
    return f"{text}."
