"""The first view of a comparison: the verdict on each pair, the arms side by side, what it rests on; and its method."""

from collections.abc import Callable

from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.estimate import Effect
from clientprof.model.results import ClientResult, Control
from clientprof.report.context.brief import briefly
from clientprof.report.context.method_section import method_section
from clientprof.report.differences.comparison_lines import comparison_lines
from clientprof.report.differences.comparison_wording import (
    gap_text,
    incompatible_text,
    pair_answer,
    stopping_text,
    wall_text,
    without_verdict_text,
)
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.figures import ABSENT, interval, measure, ratio, ratio_full, ratio_interval
from clientprof.report.writing.markup import Column, Html, Node, join, prose, table, tag
from clientprof.report.writing.page_parts import quiet, unbroken, warnings_box
from clientprof.report.writing.wording import aa_sentence, client_name, failures, named

_METHOD = (
    "Functions are matched by module and qualified name within one package, and followed where file, class, line "
    "and neighbours leave one choice only. Each cost's difference is tested by Welch's t: its variance has a part "
    "within the sampled processes, from chunks of consecutive samples, and a part between processes, the larger "
    "of what control runs and sampled processes show. All functions of a pair are corrected together, all layers "
    "together, and all frames of a flame graph together (Benjamini and Hochberg, 5 %)."
)


def verdicts_section(result: ComparisonResult) -> Html:
    """Sentences, arms side by side, verdicts, why measuring ended, warnings."""
    return join(
        (
            _refused(result),
            tag("p", prose(nothing), class_="answer") if (nothing := without_verdict_text(result)) else None,
            join(_sentence(result, pair) for pair in result.pairs),
            answer_block(comparison_lines(result)),
            join(_gap(result, pair) for pair in result.pairs) if len(result.pairs) > 1 else None,
            join(tag("p", wall_text(result, pair), class_="support") for pair in result.pairs),
            _arms(result),
            _ratios(result),
            _conditions(result),
            tag("p", text, class_="quiet") if (text := stopping_text(result)) else None,
            warnings_box(briefly(result.measured), explained=True),
        )
    )


def comparison_method_section(result: ComparisonResult) -> Html:
    """How differences are matched and tested, and the method of the measuring."""
    return join((tag("p", _METHOD), method_section(result.measured)))


def _refused(result: ComparisonResult) -> Html | None:
    text = incompatible_text(result)
    if text is None:
        return None
    items = tag("ul", join(tag("li", prose(line)) for line in result.incompatibilities))
    return tag("aside", tag("p", tag("strong", text)), items, class_="refused", aria_label="Not comparable")


def _sentence(result: ComparisonResult, pair: Pair) -> Html:
    said = pair_answer(result, pair)
    return tag("p", said.lead, tag("strong", said.figure), unbroken(said.rest), class_="answer")


def _gap(result: ComparisonResult, pair: Pair) -> Html | None:
    """Of each further pair, what makes up its gap."""
    return tag("p", prose(gap_text(result, pair.gap)), class_="support") if pair.gap else None


def _arms(result: ComparisonResult) -> Html | None:
    measured = [client for client in _ordered(result) if client.control is not None]
    if not measured:
        return None
    columns = [Column(""), *(Column(client_name(client), numeric=True) for client in measured)]
    rows: list[list[Node]] = [
        [title, *(cell(client.control) for client in measured if client.control)] for title, cell in _ROWS.items()
    ]
    note = "Measured without instruments. Brackets are 95 % intervals; 1 µs is a millionth of a second."
    return join((table("Arms", columns, rows, "headline"), tag("p", note, class_="quiet")))


def _ordered(result: ComparisonResult) -> list[ClientResult]:
    """The baseline first."""
    return sorted(result.measured.clients, key=lambda client: client.name != result.baseline)


def _ratios(result: ComparisonResult) -> Html | None:
    if not result.pairs:
        return None
    was = named(result.measured, result.baseline)
    columns = [
        Column("Candidate"),
        Column("CPU per request", numeric=True, hint=f"{was} = 1"),
        Column("Wall", numeric=True, hint=f"{was} = 1"),
        Column("A/A", numeric=True, hint="the baseline against itself"),
        Column("Blocks", numeric=True),
        Column("Verdict"),
    ]
    rows: list[list[Node]] = []
    for pair in result.pairs:
        effect, wall = pair.comparison.effect, pair.comparison.wall_effect
        verdict = join((tag("strong", str(effect.verdict)), tag("small", effect.reason) if effect.reason else None))
        aa = ABSENT if effect.aa_ratio is None else ratio_full(effect.aa_ratio)
        name = named(result.measured, effect.candidate)
        rows.append([name, _ratio(effect), _ratio(wall), aa, str(effect.ratio.n), verdict])
    floor = tag("p", f"A/A check: {aa_sentence(result.pairs[0].comparison.effect)}.", class_="quiet")
    return join((table("Ratios", columns, rows), floor))


def _conditions(result: ComparisonResult) -> Html | None:
    if not result.conditions:
        return None
    columns = [Column("Condition"), Column("Outcome"), Column("Why")]
    rows: list[list[Node]] = [
        [tag("code", row.text), tag("strong", str(row.outcome)), row.reason] for row in result.conditions
    ]
    return table("Conditions that fail the comparison", columns, rows)


def _ratio(effect: Effect) -> Html:
    return join((tag("b", ratio(effect.ratio)), " ", quiet(ratio_interval(effect.ratio))))


_ROWS: dict[str, Callable[[Control], Node]] = {
    "CPU per request": lambda control: join(
        (measure(control.cpu_us_per_request.value, "us"), " ", quiet(interval(control.cpu_us_per_request)))
    ),
    "Wall time per round": lambda control: join(
        (measure(control.wall_s.value * 1000, "ms"), " ", quiet(interval(control.wall_s, 1, 1000)))
    ),
    "Latency p50": lambda control: measure(control.latency_ms.p50, "ms"),
    "Latency p99": lambda control: measure(control.latency_ms.p99, "ms"),
    "Succeeded": lambda control: f"{control.ok:,}",
    "Failed": lambda control: failures(control.errors) or "0",
}
