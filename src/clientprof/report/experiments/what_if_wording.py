"""Words of a program that was tried with remedies, shared by terminal, page and summary."""

from clientprof.model.estimate import Estimate, Verdict
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.report.writing.answer_lines import AnswerLines, Step
from clientprof.report.writing.figures import ABSENT, decimal, percent, plural

HOW = (
    "The program is started afresh for each run. A block is one run of it as it is, one more (A/A), one with each suspect's "
    "change and one with all of them at once, in random order; every second block is the block before it backwards.",
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


def costs_text(row: Tried) -> str:
    """``20.3 % [18.9, 21.6]``: how much more than as it is, of a row that has an effect."""
    assert row.cpu is not None
    ratio = row.cpu.ratio
    reach = "" if ratio.low is None or ratio.high is None else f" [{_more(ratio.low)}, {_more(ratio.high)}]"
    return f"{percent(ratio.value - 1)}{reach}"


def _more(ratio: float) -> str:
    return decimal((ratio - 1) * 100)


def answer_text(found: WhatIf) -> str:
    """What was found, in one or two sentences."""
    if found.unchanged_us is None:
        return f"Nothing was measured: {_why_nothing(found)}."
    gains = ranked(found)
    text = f"{found.program} takes {decimal(found.unchanged_us.value, 0)}\u00a0µs of CPU per request."
    if gains:
        first, *others = gains
        more = "".join(f"; {row.name} {saved_text(row)}" for row in others)
        text += f" {first.name} saves {saved_text(first)} of that{more}."
    else:
        text += (
            f" Nothing that was tried saves any of it alone for certain ({', '.join(row.name for row in found.alone)})."
        )
    saving = [row for row in found.together if row.cpu is not None and row.cpu.verdict is Verdict.FASTER]
    if saving:
        best = max(saving, key=lambda row: row.saved_share or 0.0)
        text += f" {_capital(row_label(found, best))} together save {saved_text(best)}."
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


def row_label(found: WhatIf, row: Tried) -> str:
    """``sniffio``, ``all 3``, ``all but http2``: the row's name in a table."""
    if len(row.suspects) == 1:
        return row.name
    left_out = [each.name for each in found.alone if each.cpu is not None and each.name not in row.suspects]
    return f"all but {', '.join(left_out)}" if left_out else f"all {len(row.suspects)}"


def together_texts(found: WhatIf) -> list[str]:
    """The verdict on each set of changes at once, with the A/A beside it, and what its members gain alone, added up."""
    return [_together_text(found, row) for row in found.together]


def _together_text(found: WhatIf, row: Tried) -> str:
    name = f"{_capital(row_label(found, row))} together ({row.name})"
    if row.cpu is None or row.gain_us is None:
        return f"{name}: {row.reason}."
    verdict = row.cpu.verdict
    if verdict is Verdict.FASTER:
        text = f"{name} save {saved_text(row)} of the CPU, {_us(row.gain_us)} a request"
    elif verdict is Verdict.SLOWER:
        text = f"{name} cost {costs_text(row)} more CPU, {_us(_turned(row.gain_us))} a request"
    else:
        why = f" ({row.cpu.reason})" if verdict is Verdict.NO_VERDICT else ""
        text = f"{name}: {_VERDICTS[verdict]}{why}; {saved_text(row)} of the CPU saved"
    text += f"; {_again_text(row.cpu.aa_ratio)}." if row.cpu.aa_ratio is not None else "."
    if row.alone_us is None:
        return text
    return f"{text} Alone, their gains add up to {_us(row.alone_us)}.{_interaction(row.gain_us, row.alone_us)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _turned(value: Estimate) -> Estimate:
    """A loss as a positive number."""
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
    return f"{text}; {_again_text(found.again)}." if found.again is not None else f"{text}."


def _again_text(again: Estimate) -> str:
    reach = "" if again.low is None or again.high is None else f" [{again.low:.3f}, {again.high:.3f}]"
    return f"the program against itself (A/A): {again.value:.3f}x{reach}"
