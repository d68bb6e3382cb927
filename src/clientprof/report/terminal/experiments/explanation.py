"""An explanation on a terminal: the answer, the staircase, predictions beside measurements, remedies, what was not tried."""

import io
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Explanation, Outcome
from clientprof.report.experiments.explanation_answer import explanation_answer
from clientprof.report.experiments.explanation_lines import MOST_REMEDIES, explanation_lines, short_code
from clientprof.report.experiments.explanation_wording import (
    disagreement_text,
    errors_sentence,
    gain_text,
    interaction_bounded,
    outcomes_sentence,
    ranked_pointers,
    ranked_remedies,
    saving_text,
    slope_sentence,
)
from clientprof.report.experiments.prediction_errors import disagreements, error_points, prediction_errors
from clientprof.report.experiments.stair_rows import Stair, StairRow, is_bounded, stair_rows
from clientprof.report.terminal.answer import print_answer
from clientprof.report.terminal.findings_and_notices import print_files, print_notices
from clientprof.report.terminal.layout import bar, print_columns, print_facts, print_heading, print_paragraph, safe
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent

_BAR_CELLS = 12
_NAME = 26
# Six columns in 80: names and verdicts give way to figures.
_SUSPECT = 19
_OUTCOMES = {
    Outcome.CONFIRMED: "confirmed",
    Outcome.NO_GAIN: "no gain",
    Outcome.LOSS: "slower",
    Outcome.NOT_APPLIED: "failed",
    Outcome.NOT_MEASURED: "not run",
}
_POINTERS = 5
_DISAGREEMENTS = 5
_UNDONE = 12


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the explanation; the last lines name the files written."""
    printed_plainly(console, lambda: _print(explanation, console))


def explanation_text(explanation: Explanation, width: int = 80) -> str:
    """The same as plain text of at most ``width`` columns, without colour; paths of files may be longer."""
    stream = io.StringIO()
    print_explanation(explanation, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def _print(explanation: Explanation, console: Console) -> None:
    console.print(safe(explanation.measured.title, "bold"))
    console.print()
    said = (safe(part.text, "bold" if part.bold or part.code else "") for part in explanation_answer(explanation))
    print_answer(console, [Text.assemble(*said)], explanation_lines(explanation))
    print_paragraph(console, safe(outcomes_sentence(explanation), "dim"))
    _print_staircase(explanation, console)
    _print_experiments(explanation, console)
    _print_interactions(explanation, console)
    _print_remedies(explanation, console)
    _print_regimes(explanation, console)
    _print_undone(explanation, console)
    # Without the clients, which would add the lenses that an explanation never runs.
    print_notices(replace(explanation.measured, clients=()), console)
    print_files(explanation.measured, console)


def _print_staircase(explanation: Explanation, console: Console) -> None:
    rows = stair_rows(explanation)
    if not rows:
        return
    print_heading(console, "Staircase", "µs of CPU per request; < at most, > at least: a fix may differ")
    full = max(max(row.top_us, row.level_us) for row in rows)
    lines = [_stair(row, console, full) for row in rows]
    print_columns(console, ["", "CPU", "gain", "95 %", "share", ""], "Wrrrrl", lines)


def _stair(row: StairRow, console: Console, full: float) -> list[Text]:
    gain, mark = row.gain_us, "" if not row.bounded else ">" if row.kind is Stair.UNEXPLAINED else "<"
    whole = row.kind in (Stair.CLIENT, Stair.BASELINE, Stair.FLOOR)
    drawn = bar(console, row.level_us if whole else (gain.value if gain else 0.0), full, _BAR_CELLS, "")
    name = "floor" if row.kind is Stair.FLOOR else row.label
    return [
        safe(name if whole else _short(f"- {name}" if row.kind is Stair.STEP else name), "bold" if whole else ""),
        safe(decimal(row.cost_us.value) if row.cost_us else ""),
        safe(f"{mark}{decimal(gain.value)}" if gain else ""),
        safe(interval(gain or row.cost_us, 0)),
        safe(percent(row.share) if gain else ""),
        drawn,
    ]


def _short(name: str, most: int = _NAME) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}\u2026"


def _print_experiments(explanation: Explanation, console: Console) -> None:
    if not explanation.experiments:
        return
    print_heading(console, "Prediction and measurement", "µs per request; error in points of the client's CPU")
    rows = []
    for row in explanation.experiments:
        error = error_points(explanation, row)
        shown = row.outcome in (Outcome.CONFIRMED, Outcome.LOSS)
        style = "" if shown else "dim"
        cells = (
            _short(row.suspicion.id, _SUSPECT),
            decimal(row.suspicion.predicted_us, 0),
            _bounded(row.gain_us, row.upper_bound),
            interval(row.gain_us, 0),
            ABSENT if error is None else f"{error:+.1f}",
            _OUTCOMES[row.outcome],
        )
        rows.append([safe(cell, style) for cell in cells])
    print_columns(console, ["suspect", "predicted", "measured", "95 %", "error", ""], "lrrrrl", rows)
    sentence = errors_sentence(explanation)
    if sentence:
        print_paragraph(console, safe(sentence, "dim"))
    facts = [
        ("!", safe(f"{row.suspicion.id} could not be applied: {row.reason}"))
        for row in explanation.experiments
        if row.outcome is Outcome.NOT_APPLIED and row.reason
    ]
    slopes = [(row.suspicion.id, slope_sentence(row)) for row in explanation.experiments]
    facts += [("-", safe(f"{name}, slowed down: {text}")) for name, text in slopes if text]
    if facts:
        print_facts(console, facts)
    found = disagreements(prediction_errors(explanation))
    if found:
        print_heading(console, "Where the profile misled")
        print_facts(console, [("-", safe(disagreement_text(row))) for row in found[:_DISAGREEMENTS]])


def _bounded(gain: Estimate | None, bounded: bool) -> str:
    return ABSENT if gain is None else f"{'<' if bounded else ''}{decimal(gain.value)}"


def _print_interactions(explanation: Explanation, console: Console) -> None:
    if not explanation.interactions:
        return
    print_heading(console, "Interactions", "gains that do not add up")
    facts = []
    for row in explanation.interactions:
        bounded = interaction_bounded(explanation, row)
        figures = f"would add up to {gain_text(row.sum_us, bounded)}, together {gain_text(row.together_us, bounded)}"
        facts.append(("-", safe(f"{' + '.join(row.suspects)}: {figures}. {row.text}".rstrip())))
    print_facts(console, facts)


def _print_remedies(explanation: Explanation, console: Console) -> None:
    remedies = ranked_remedies(explanation)
    if remedies:
        print_heading(console, "What to do", "by measured gain, each alone; what each gives up is in the report")
        facts: list[tuple[str, Text]] = []
        for number, row in enumerate(remedies[:MOST_REMEDIES], 1):
            remedy = row.suspicion.remedy or row.suspicion.id
            facts.append((f"{number}.", safe(f"{remedy} {saving_text(row)}.")))
            code = row.suspicion.code
            if code and not short_code(code):
                code = "# the code is in the report"
            facts += [("", safe(f"  {line}", "bold")) for line in code.splitlines()]
        rest = [row.suspicion.id for row in remedies[MOST_REMEDIES:]]
        if rest:
            facts.append(("", safe(f"Then {', '.join(rest)}: in the report.", "dim")))
        print_facts(console, facts)
    pointers = ranked_pointers(explanation)
    if pointers:
        print_heading(console, "For maintainers")
        texts = [
            (gain_text(row.gain_us, row.upper_bound), row.suspicion.pointer, ", ".join(row.suspicion.threads))
            for row in pointers[:_POINTERS]
        ]
        print_facts(
            console, [("-", safe(f"{pointer} ({gain}{threads and '; '}{threads})")) for gain, pointer, threads in texts]
        )


def _print_regimes(explanation: Explanation, console: Console) -> None:
    for regime in explanation.regimes:
        cost = regime.cpu_us_per_request
        print_heading(console, f"At {regime.label}", f"{gain_text(cost)} of CPU per request as it is")
        rows = [
            [
                safe(_short(name)),
                safe(_bounded(gain, is_bounded(explanation, name))),
                safe(interval(gain, 0)),
                safe(percent(gain.value / cost.value) if cost.value > 0 else ABSENT),
            ]
            for name, gain in regime.gains_us.items()
        ]
        print_columns(console, ["suspect", "gain", "95 %", "of the CPU"], "lrrr", rows)


def _print_undone(explanation: Explanation, console: Console) -> None:
    if not explanation.undone:
        return
    print_heading(console, "Not tried")
    shown = explanation.undone[:_UNDONE]
    more = len(explanation.undone) - len(shown)
    facts = [("-", safe(f"{row.suspect}: {row.reason}")) for row in shown]
    print_facts(console, [*facts, *([("", safe(f"and {more:,} more, in the report"))] if more else [])])
