"""Markdown of what comes from outside: nothing in it can become a link, markup or a table of its own."""

import re
from collections.abc import Sequence

from clientprof.report.exporters.markdown import inert
from clientprof.report.writing.escape import visible
from clientprof.report.writing.figures import ABSENT

_TEXT_AT_MOST = 600
Rows = Sequence[Sequence[str]]


def details(summary: str, body: str) -> str:
    """A folded part; nothing where the body is empty."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>" if body else ""


def table(head: Sequence[str], rows: Rows) -> str:
    """A table whose cells are inert already."""
    rule = "|".join([" --- ", *(" ---: " for _ in head[1:])])
    lines = [f"| {' | '.join(cell.replace(ABSENT, '-') for cell in row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]]).replace("\u00a0", " ")


def inert_text(text: str) -> str:
    """Text from outside, inert and not endless."""
    short = text if len(text) <= _TEXT_AT_MOST else f"{text[:_TEXT_AT_MOST]}..."
    return inert(" ".join(short.split()))


def inert_prose(text: str) -> str:
    """Sentences of the analysis: what stands in backticks is code, the rest inert."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"`{code_text(part)}`" if index % 2 else _kept(part) for index, part in enumerate(parts))


def _kept(text: str) -> str:
    return inert(text.replace("\n", " "))


def code_text(text: str) -> str:
    """Text for between backticks."""
    return visible(text[:_TEXT_AT_MOST]).replace("`", "'").replace("|", "\\|")
