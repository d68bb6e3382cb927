"""Warnings in brief, where there is no room for their advice."""

import re

from clientprof.model.results import TraceResult
from clientprof.report.writing.wording import missing_sentence

# Shown as the last rows of the layers' table, so that views which have that table need not repeat it as a warning.
SHOWN_WITH_LAYERS = "layers-differ-from-control"


def first_sentence(text: str) -> str:
    """A text up to the end of its first sentence."""
    return sentences(text)[0]


def sentences(text: str) -> list[str]:
    """A text cut after full stops that a capital letter or a quoted name follows."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text)


def briefly(result: TraceResult) -> list[str]:
    """The warnings in one sentence each: the run cut short, notices, and what was not measured.

    What the table of layers shows by itself is left out; the advice stands with the method.
    """
    lines = []
    if not result.complete and all(notice.id != "incomplete" for notice in result.notices):
        lines.append("The run was cut short. What follows is what was measured until then.")
    lines += [first_sentence(notice.text) for notice in result.notices if notice.id != SHOWN_WITH_LAYERS]
    return lines + [text for client in result.clients if (text := missing_sentence(client))]
