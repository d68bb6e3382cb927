"""A source as the user writes it behind an ``@``: ``PATH`` or ``git:PATH@REV``.

``PATH`` is a folder, a wheel or an sdist. Behind ``git:`` it is a repository, or a folder in one. A revision may hold an
``@`` (``main@{1}``), and so may a path: the longest path that exists is meant, else the shortest.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from clientprof.experiments.sources.found import FoundSource

GIT = "git:"
Exists = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class SourceAsked:
    """A source: its path as written, the revision (None: as it lies there), and what it was found to be."""

    path: str
    revision: str | None = None
    found: FoundSource | None = None

    @property
    def text(self) -> str:
        """As it stands in a label: without folders, and by its identity once that is known."""
        if self.found is not None:
            return f"@{self.found.name}"
        name = PurePath(self.path).name or self.path
        return f"@{name}" if self.revision is None else f"@{GIT}{name}@{self.revision}"


def read_source(text: str, exists: Exists = os.path.exists) -> SourceAsked | None:
    """The source of a text without its ``@``; None where it names no path, or no revision behind ``git:``."""
    if not text.startswith(GIT):
        return SourceAsked(text) if text.strip() else None
    whole = text.removeprefix(GIT)
    cuts = [number for number, sign in enumerate(whole) if sign == "@" and number > 0]
    if not cuts or not whole[cuts[0] + 1 :]:
        return None
    there = [number for number in cuts if exists(os.path.expanduser(whole[:number])) and whole[number + 1 :]]
    cut = max(there, default=cuts[0])
    return SourceAsked(whole[:cut], whole[cut + 1 :])


def ends_of(text: str, exists: Exists = os.path.exists) -> list[int]:
    """Where a source that begins ``text`` may end: at the text's end or before a ``+``, the likeliest first.

    Paths hold plus signs too (``httpx-1.0+local-py3-none-any.whl``): one that exists is meant before one that does not, the
    longest of them first; of those that do not exist, the shortest.
    """
    ends = [number for number, sign in enumerate(text) if sign == "+" and number > 0] + [len(text)]

    def path_there(end: int) -> bool:
        source = read_source(text[:end], exists)
        return source is not None and exists(os.path.expanduser(source.path))

    # Behind a revision a plus sign begins the next package: the shortest that is there is meant.
    sign = 1 if text.startswith(GIT) else -1
    return sorted(ends, key=lambda end: (0, sign * end) if path_there(end) else (1, end))
