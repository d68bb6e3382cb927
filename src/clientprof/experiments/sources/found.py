"""A source that was found: what it is, and the identity of its content."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_SHORT = 9


class SourceKind(StrEnum):
    """What a source is. ``TREE`` is a git working tree as it lies there, ``FOLDER`` one that git does not know."""

    COMMIT = "commit"
    TREE = "tree"
    FOLDER = "folder"
    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One source. ``path`` is where it lies, absolute: the file or the folder, a repository's top; ``folder`` is the folder
    below the top that was named, ``.`` for the top itself.

    ``content`` is a digest that is the same for the same content, wherever it lies: git's name of the tree, or SHA-256.
    ``commit`` is the commit it is or was changed from, ``branch`` the name by which it was reached (None: by none),
    ``dirty`` says that something is not committed.
    """

    kind: SourceKind
    path: Path
    folder: str
    content: str
    commit: str | None = None
    branch: str | None = None
    dirty: bool = False

    @property
    def name(self) -> str:
        """``1a2b3c4d5``, ``1a2b3c4d5-dirty``, ``wheel-1a2b3c4d5``: no path."""
        if self.commit is None:
            return f"{self.kind}-{self.content[:_SHORT]}"
        return f"{self.commit[:_SHORT]}{'-dirty' if self.dirty else ''}"

    @property
    def described(self) -> str:
        """``commit 1a2b3c4d5 of branch main, with uncommitted changes``; for messages."""
        if self.commit is None:
            return f"{self.kind} {self.content[:_SHORT]}"
        reached = "" if self.branch is None else f" of {self.branch}"
        return f"commit {self.commit[:_SHORT]}{reached}{', with uncommitted changes' if self.dirty else ''}"
