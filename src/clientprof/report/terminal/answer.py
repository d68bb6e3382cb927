"""The first lines of every result on a terminal: what was found, why, and what to do."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from clientprof.report.terminal.layout import print_facts, safe
from clientprof.report.writing.answer_lines import AnswerLines, joined_reasons


def print_answer(console: Console, found: Sequence[Text], lines: AnswerLines) -> None:
    """``found`` are the sentences that say what was found, one or more."""
    facts: list[tuple[str, Text]] = [("" if number else "what", text) for number, text in enumerate(found)]
    if lines.why:
        facts.append(("why", safe(_plain("".join(joined_reasons(lines.why))))))
    for number, step in enumerate(lines.steps):
        mark = f"{number + 1}. " if len(lines.steps) > 1 else ""
        facts.append(("" if number else "do", safe(_plain(f"{mark}{step.text}"))))
        facts += [("", safe(f"  {line}", "cyan")) for line in step.code.splitlines() if line]
        if step.warning:
            facts.append(("", safe(_plain(step.warning), "yellow")))
    if not lines.steps and lines.nothing:
        facts.append(("do", safe(_plain(lines.nothing))))
    print_facts(console, facts, style="bold")


def _plain(text: str) -> str:
    """Without the marks of code."""
    return text.replace("`", "")
