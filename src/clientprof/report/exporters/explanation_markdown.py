"""An explanation as Markdown for an issue: the answer, the staircase, predictions beside measurements, what to do.

Text from outside is made inert: cells hold no pipe, no markup and no line break; code cannot close its fence.
"""

import re
from collections.abc import Iterable

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Experiment, Explanation
from clientprof.report.experiments.explanation_answer import Part, explanation_answer
from clientprof.report.experiments.explanation_wording import (
    behaviour_text,
    disagreement_text,
    errors_sentence,
    explained_sentence,
    gain_text,
    interaction_bounded,
    outcomes_sentence,
    price_text,
    ranked_pointers,
    ranked_remedies,
    saving_text,
    verdict_text,
)
from clientprof.report.experiments.prediction_errors import (
    PredictionError,
    disagreements,
    error_points,
    prediction_errors,
)
from clientprof.report.experiments.stair_rows import Stair, StairRow, is_bounded, stair_rows
from clientprof.report.exporters.markdown import as_code, as_table, inert
from clientprof.report.writing.escape import visible
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent


def explanation_markdown(explanation: Explanation) -> str:
    """The explanation in GitHub's Markdown, ending with a line break."""
    sentences = (explained_sentence(explanation), outcomes_sentence(explanation), errors_sentence(explanation))
    parts = [
        f"## clientprof: {inert(explanation.measured.title)}",
        "".join(_set(part) for part in explanation_answer(explanation)),
        inert(" ".join(text for text in sentences if text)),
        _staircase(explanation),
        _experiments(explanation),
        _list("Where the profile misled", (inert(disagreement_text(row)) for row in _misled(explanation))),
        _list("Gains that do not add up", _interactions(explanation)),
        _remedies(explanation),
        _list("For maintainers", (_pointer(row) for row in ranked_pointers(explanation))),
        _regimes(explanation),
        _folded("Each experiment: behaviour, price, how it could be wrong", map(_grounds, explanation.experiments)),
        _folded("Not tried", (f"{as_code(row.suspect)}: {_prose(row.reason)}" for row in explanation.undone)),
        _folded("Warnings", (_prose(f"{row.text} {row.advice}".strip()) for row in explanation.measured.notices)),
        f"<sub>Seed {explanation.measured.seed}. Intervals are 95 %. µs (microseconds) are of CPU per request.</sub>",
    ]
    return "\n\n".join(part.replace("\u00a0", " ") for part in parts if part) + "\n"


def _set(part: Part) -> str:
    if part.code:
        return as_code(part.text)
    return f"**{inert(part.text)}**" if part.bold else inert(part.text)


def _prose(text: str) -> str:
    """Sentences of the analysis: what stands in backticks is code, the rest inert."""
    parts = re.split("`([^`]+)`", text)
    return "".join(as_code(part) if index % 2 else inert(part) for index, part in enumerate(parts))


def _figure(value: Estimate | None, bound: str = "") -> str:
    if value is None:
        return ABSENT
    bracket = interval(value)
    return f"{bound}{decimal(value.value)}{' ' if bracket else ''}{inert(bracket)}"


def _staircase(explanation: Explanation) -> str | None:
    rows = stair_rows(explanation)
    if not rows:
        return None
    cells = [("step", "CPU after it", "gain", "share", "alone", "left out"), *map(_stair, rows)]
    return as_table(cells, "lrrrrr")


def _stair(row: StairRow) -> tuple[str, ...]:
    step = row.kind is Stair.STEP
    bound = ("at least " if row.kind is Stair.UNEXPLAINED else "at most ") if row.bounded else ""
    return (
        as_code(row.label) if step else f"**{inert(row.label)}**",
        _figure(row.cost_us) if row.cost_us else "",
        _figure(row.gain_us, bound) if row.gain_us else "",
        f"{bound}{percent(row.share)}" if row.gain_us and row.share is not None else "",
        _figure(row.alone_us, bound) if step else "",
        _figure(row.left_out_us, bound) if step else "",
    )


def _experiments(explanation: Explanation) -> str | None:
    if not explanation.experiments:
        return None
    rows = [("experiment", "predicted", "measured", "of the CPU", "error, points", "verdict")]
    for row in explanation.experiments:
        error = error_points(explanation, row)
        rows.append(
            (
                as_code(row.suspicion.id),
                decimal(row.suspicion.predicted_us),
                _figure(row.gain_us, "at most " if row.upper_bound else ""),
                percent(row.share),
                ABSENT if error is None else f"{error:+.1f}",
                f"{verdict_text(row)}{row.reason and ': '}{_prose(row.reason)}",
            )
        )
    return as_table(rows, "lrrrrl")


def _misled(explanation: Explanation) -> list[PredictionError]:
    return disagreements(prediction_errors(explanation))


def _interactions(explanation: Explanation) -> Iterable[str]:
    for row in explanation.interactions:
        bounded = interaction_bounded(explanation, row)
        names = " + ".join(map(as_code, row.suspects))
        figures = f"would add up to {gain_text(row.sum_us, bounded)}, together {gain_text(row.together_us, bounded)}"
        yield f"{names}: {inert(figures)}. {_prose(row.text)}"


def _remedies(explanation: Explanation) -> str | None:
    remedies = ranked_remedies(explanation)
    if not remedies:
        return None
    return "\n\n".join(["### What to do, by measured gain", *(_remedy(n, row) for n, row in enumerate(remedies, 1))])


def _remedy(number: int, row: Experiment) -> str:
    suspicion, lead = row.suspicion, f"{number}. "
    said = _prose(suspicion.remedy) if suspicion.remedy else as_code(suspicion.id)
    saved = inert(saving_text(row))
    text = f"{lead}{said} {saved}. Price: {_prose(price_text(row))}."
    return text if not suspicion.code else f"{text}\n\n{_fenced(suspicion.code, ' ' * len(lead))}"


def _fenced(code: str, margin: str) -> str:
    lines = [visible(line) for line in code.splitlines()]
    ticks = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join(f"{margin}{line}" for line in (fence, *lines, fence))


def _pointer(row: Experiment) -> str:
    suspicion = row.suspicion
    threads = f" ({', '.join(suspicion.threads)})" if suspicion.threads else ""
    gain = inert(gain_text(row.gain_us, row.upper_bound))
    return f"{gain}: {_prose(suspicion.pointer)}. {_prose(suspicion.hypothesis)}.{inert(threads)}"


def _regimes(explanation: Explanation) -> str | None:
    regimes = explanation.regimes
    if not regimes:
        return None
    names = list(dict.fromkeys(name for regime in regimes for name in regime.gains_us))
    rows = [
        ("gain under other loads", *(inert(regime.label) for regime in regimes)),
        ("CPU as it is", *(_figure(regime.cpu_us_per_request) for regime in regimes)),
    ]
    for name in names:
        bound = "at most " if is_bounded(explanation, name) else ""
        rows.append((as_code(name), *(_figure(regime.gains_us.get(name), bound) for regime in regimes)))
    return as_table(rows, "l" + "r" * len(regimes))


def _grounds(row: Experiment) -> str:
    suspicion = row.suspicion
    facts = (
        ("evidence", suspicion.evidence),
        ("behaviour", behaviour_text(row)),
        ("gives up", price_text(row)),
        ("doubt", suspicion.mistaken),
    )
    return f"{as_code(suspicion.id)}: {'; '.join(f'{name}: {_prose(text)}' for name, text in facts if text)}"


def _list(title: str, lines: Iterable[str]) -> str | None:
    listed = [f"* {line}" for line in lines]
    return f"### {title}\n\n" + "\n".join(listed) if listed else None


def _folded(title: str, lines: Iterable[str]) -> str | None:
    listed = "\n".join(f"* {line}" for line in lines)
    return f"<details><summary>{title}</summary>\n\n{listed}\n\n</details>" if listed else None
