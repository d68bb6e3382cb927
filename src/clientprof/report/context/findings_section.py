"""What to do: each finding as a claim with its evidence, a remedy, and how it could be refuted."""

from collections.abc import Iterable, Sequence

from clientprof.model.findings import Culprit, Finding, SharedCause
from clientprof.model.results import TraceResult
from clientprof.report.writing.answer_lines import cost_text, time_text
from clientprof.report.writing.escape import safe_link
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Html, Node, code_block, details, join, note, prose, tag
from clientprof.report.writing.page_parts import chip, threads

_UNFOLDED = 5


def findings_section(result: TraceResult) -> Html:
    """The causes in the order of the analysis, each with its findings; those after the fifth are folded."""
    if not result.findings:
        return note("No finding: nothing that was measured passes the thresholds for a claim.")
    if not result.causes:
        return finding_articles(result.findings)
    return cause_articles(result.causes)


def cause_articles(causes: Sequence[SharedCause]) -> Html:
    """The causes, numbered, each with its findings folded; those after the fifth are folded."""
    articles, before = [], 0
    for number, cause in enumerate(causes, 1):
        articles.append(_cause(number, cause, before))
        before += len(cause.findings)
    rest = articles[_UNFOLDED:]
    return tag("div", *articles[:_UNFOLDED], details(f"{len(rest)} more", *rest) if rest else None, class_="causes")


def _cause(number: int, cause: SharedCause, before: int) -> Html:
    """The cause with its cost and what users can do; its findings below, folded. ``before`` it there were so many."""
    cost = cost_text(cause) or time_text(cause)
    folded = details(
        "Finding and evidence" if len(cause.findings) == 1 else f"{len(cause.findings)} findings and their evidence",
        *(_finding(at, finding, level=True) for at, finding in enumerate(cause.findings, before + 1)),
    )
    return tag(
        "article",
        tag("h3", f"{number}. ", prose(cause.title)),
        tag("p", tag("b", cost), class_="meta") if cost else None,
        tag("p", prose(cause.remedy)) if cause.remedy else None,
        code_block(cause.code) if cause.code else None,
        tag("p", prose(cause.warning)) if cause.warning else None,
        folded,
        class_="cause",
    )


def finding_articles(findings: Iterable[Finding]) -> Html:
    """The findings, numbered, each with its remedy as code where there is some."""
    return join(_finding(number, finding) for number, finding in enumerate(findings, 1))


def _finding(number: int, finding: Finding, *, level: bool = False) -> Html:
    cost, off = finding.cost_us_per_request, finding.off_cpu_us_per_request
    head = tag(
        "p",
        chip("layer", finding.layer),
        f"{decimal(cost)}\u00a0µs per request" if cost is not None else None,
        f"{decimal(off)}\u00a0µs per request off the CPU" if off is not None else None,
        tag("code", finding.id),
        class_="meta",
    )
    rows: list[tuple[str, Node]] = [
        ("Evidence", _items(prose(line) for line in finding.evidence)),
        ("Why", prose(finding.mechanism) if finding.mechanism else None),
        ("Experiment", prose(finding.experiment) if finding.experiment else None),
        ("Where", _items(_culprit(culprit) for culprit in finding.culprits)),
        ("What to do", prose(finding.remedy)),
        ("As code", code_block(finding.code) if finding.code else None),
        ("For maintainers", prose(finding.pointer) if finding.pointer else None),
        ("Background", threads(finding.threads)),
        ("What would refute this", prose(finding.falsifier)),
    ]
    facts = join(join((tag("dt", key), tag("dd", value))) for key, value in rows if value)
    title = tag("h4" if level else "h3", f"{number}. ", prose(finding.title))
    return tag("article", title, head, tag("p", prose(finding.claim)), tag("dl", facts), class_="finding")


def _items(lines: Iterable[Html]) -> Html | None:
    """A list; None, and with it no label, where there is nothing to list."""
    items = join(tag("li", line) for line in lines)
    return tag("ul", items) if items else None


def _culprit(culprit: Culprit) -> Html:
    name = tag("code", culprit.function)
    link = safe_link(culprit.permalink)
    shown = name if link is None else tag("a", name, href=link, rel="noreferrer noopener")
    return join((shown, tag("small", culprit.module, class_="place quiet") if culprit.module else None))
