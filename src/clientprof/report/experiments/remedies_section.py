"""What to do: remedies to apply today, ranked by measured gain, with code and price; and places for maintainers."""

from collections.abc import Callable

from clientprof.model.experiments.staircase import Experiment, Explanation
from clientprof.report.experiments.explanation_lines import MOST_REMEDIES
from clientprof.report.experiments.explanation_wording import (
    predicted_remedies,
    prediction_text,
    price_text,
    ranked_pointers,
    ranked_remedies,
    saving_text,
)
from clientprof.report.writing.markup import Html, Node, caption, code_block, details, join, note, prose, tag
from clientprof.report.writing.page_parts import chip, threads


def remedies_section(explanation: Explanation) -> Html | None:
    """Remedies, then pointers; None where nothing was experimented on."""
    if not explanation.experiments:
        return None
    remedies = [*ranked_remedies(explanation), *predicted_remedies(explanation)]
    pointers = ranked_pointers(explanation)
    if not remedies and not pointers:
        return note("Nothing: no experiment was confirmed that a reader or a maintainer could act on.")
    text = caption(
        "Ranked by measured gain, each taken alone; behind them those that are only predicted. "
        "Gains do not simply add up: the staircase has them together."
    )
    shown = (
        text,
        _group("Today", remedies, _remedy),
        _rivals(explanation),
        _group("For maintainers", pointers, _pointer),
    )
    return join(shown)


def _rivals(explanation: Explanation) -> Html | None:
    """What is left out of the list, because it sets a setting of a better remedy to another value."""
    rows = [(row.suspicion.id, row.instead_of) for row in explanation.experiments if row.instead_of is not None]
    said = join(
        join(("; " if number else None, tag("code", left_out), " beside ", tag("code", better)))
        for number, (left_out, better) in enumerate(rows)
    )
    text = "Not listed, because they set the same setting to another value than one that saves more: "
    return tag("p", text, said, ".") if rows else None


def _group(title: str, rows: list[Experiment], article: Callable[[int, Experiment], Html]) -> Html | None:
    if not rows:
        return None
    cards = [article(number, row) for number, row in enumerate(rows, 1)]
    shown = tag("div", join(cards[:MOST_REMEDIES]), class_="remedies")
    rest = cards[MOST_REMEDIES:]
    more = details(f"The next {len(rest)}", tag("div", join(rest), class_="remedies")) if rest else None
    return join((tag("h3", title), shown, more))


def _remedy(number: int, row: Experiment) -> Html:
    suspicion = row.suspicion
    return tag(
        "article",
        tag("h4", f"{number}. ", prose(suspicion.remedy) if suspicion.remedy else tag("code", suspicion.id)),
        _head(row),
        code_block(suspicion.code) if suspicion.code else None,
        _facts([("Price", prose(price_text(row)))]),
        class_="finding",
    )


def _pointer(number: int, row: Experiment) -> Html:
    suspicion = row.suspicion
    facts: list[tuple[str, Node]] = [
        ("Why", prose(suspicion.hypothesis)),
        ("Evidence", prose(suspicion.evidence) if suspicion.evidence else None),
        ("A change gives up", prose(suspicion.gives_up) if suspicion.gives_up else None),
        ("Doubt", prose(suspicion.mistaken) if suspicion.mistaken else None),
        ("Background", threads(suspicion.threads)),
    ]
    title = tag("h4", f"{number}. ", prose(suspicion.pointer))
    return tag("article", title, _head(row), _facts(facts), class_="finding")


def _head(row: Experiment) -> Html:
    return tag(
        "p",
        tag("b", prediction_text(row) if row.gain_us is None else saving_text(row, share=True)),
        chip("layer", row.suspicion.layer),
        tag("code", row.suspicion.id),
        class_="meta",
    )


def _facts(facts: list[tuple[str, Node]]) -> Html:
    return tag("dl", join(join((tag("dt", key), tag("dd", value))) for key, value in facts if value), class_="verdict")
