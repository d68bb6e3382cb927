"""The page of a program that was tried with remedies: answer, table, remedies with their price, what could not be tried."""

from clientprof.model.estimate import Effect, Verdict
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.model.results import Setting
from clientprof.report.context.environment_section import setting_groups
from clientprof.report.experiments.staircase_section import figure
from clientprof.report.experiments.what_if_wording import (
    HOW,
    answer_lines,
    answer_text,
    measured_text,
    ranked,
    row_label,
    saved_text,
    together_texts,
    verdict_word,
    why_text,
)
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.figures import decimal, ratio_full
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, prose, table, tag
from clientprof.report.writing.page_parts import threads, unbroken, warnings_box


def what_if_answer_section(found: WhatIf) -> Html:
    """The answer in one sentence, what it rests on, and warnings."""
    warnings = [f"{each.text} {each.advice}".rstrip() for each in found.notices]
    return join(
        (
            tag("p", unbroken(answer_text(found)), class_="answer explained"),
            answer_block(answer_lines(found)),
            tag("p", unbroken(measured_text(found)), class_="support"),
            tag("p", "Brackets are 95 % intervals; µs are microseconds of CPU per request.", class_="quiet"),
            warnings_box(warnings),
        )
    )


def tried_section(found: WhatIf) -> Html | None:
    """The table of all arms; None where nothing was measured."""
    rows = [*found.alone, *found.together]
    if not any(row.cpu is not None for row in rows):
        return None
    columns = [
        Column("Change"),
        Column("CPU", numeric=True, hint="µs per request"),
        Column("Saved", numeric=True, hint="µs per request"),
        Column("Of the CPU", numeric=True),
        Column("Time", numeric=True, hint="per request, of as it is"),
        Column("Requests", numeric=True, hint="a run"),
        Column("Verdict"),
    ]
    first: list[Node] = ["as it is", figure(found.unchanged_us), "", "", "", decimal(found.requests, 0), ""]
    again: list[Node] = [
        "as it is, again (A/A)",
        "",
        "",
        "",
        "",
        "",
        "" if found.again is None else ratio_full(found.again),
    ]
    body = [first, again, *(_cells(found, row) for row in rows)]
    text = caption("One change at a time, then all at once, each against the program as it is in the same block.")
    classes = [None, "unshown", *(None if _sure(row) else "unshown" for row in rows)]
    return join(
        (
            text,
            table("Tried", columns, body, "experiments", classes),
            *(tag("p", unbroken(line)) for line in together_texts(found)),
        )
    )


def _cells(found: WhatIf, row: Tried) -> list[Node]:
    return [
        tag("code", row.name) if len(row.suspects) == 1 else row_label(found, row),
        figure(row.cost_us),
        figure(row.gain_us),
        saved_text(row),
        _ratio(row.wall),
        decimal(row.requests, 0) if row.requests else "",
        join((tag("b", verdict_word(row)), tag("small", prose(why_text(row))))),
    ]


def _ratio(effect: Effect | None) -> str:
    return "" if effect is None else ratio_full(effect.ratio)


def _sure(row: Tried) -> bool:
    return row.cpu is not None and row.cpu.verdict in (Verdict.FASTER, Verdict.SLOWER)


def suspects_section(found: WhatIf) -> Html | None:
    """What each change is: hypothesis, price, doubt; the gainers first."""
    first = [row.name for row in ranked(found)]
    order = [*first, *(each.id for each in found.suspicions if each.id not in first)]
    known = {each.id: each for each in found.suspicions}
    blocks = []
    for name in order:
        suspicion = known[name]
        facts: list[tuple[str, Node]] = [
            ("Hypothesis", prose(suspicion.hypothesis)),
            ("Remedy", prose(suspicion.remedy) if suspicion.remedy else None),
            ("Gives up", prose(suspicion.gives_up or "nothing that is known")),
            ("Doubt", prose(suspicion.mistaken) if suspicion.mistaken else None),
            ("Background", threads(suspicion.threads)),
        ]
        listed = join(join((tag("dt", key), tag("dd", value))) for key, value in facts if value)
        blocks.append(details(name, tag("dl", listed, class_="verdict")))
    text = caption("What each change does, what you do to have it, what it gives up, and why it may be wrong for you.")
    return join((text, *blocks)) if blocks else None


def untried_section(found: WhatIf) -> Html | None:
    """What could not be tried, and why."""
    rows = [(row.suspect, row.reason) for row in found.undone]
    rows += [(row.name, row.reason) for row in (*found.alone, *found.together) if row.cpu is None]
    if not rows:
        return None
    return tag(
        "dl",
        join(join((tag("dt", tag("code", name)), tag("dd", prose(reason)))) for name, reason in rows),
        class_="warned",
    )


def what_if_environment_section(found: WhatIf) -> Html:
    """Command, load, machine and packages."""
    run = (
        Setting("Run", "command", " ".join(found.command)),
        Setting("Run", "seed", str(found.seed)),
        Setting("Run", "created", found.created),
    )
    return tag("div", join(setting_groups((*run, *found.workload, *found.environment))), class_="settings")


def what_if_method_section(_found: WhatIf) -> Html:
    """How it was measured."""
    return tag("ul", join(tag("li", prose(line)) for line in HOW))
