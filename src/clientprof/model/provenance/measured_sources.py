"""What was measured before it was released: named by commit, never by a path."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasuredSource:
    """One package of one arm, built from a source.

    ``client`` is the arm's label, ``name`` how the source is called in it (``1a2b3c4d5-dirty``), ``kind`` one of ``commit``,
    ``tree``, ``folder``, ``wheel``, ``sdist``. ``commit`` is the full name of the commit, of a tree the one it was changed
    from; ``branch`` the name by which it was reached (``branch main``, ``tag v2.3.0``), None where there is none.
    ``content`` is git's name of the tree, or a SHA-256. ``link`` is what a link to a file of the package begins with, where
    the commit is published in a public repository.
    """

    client: str
    package: str
    version: str
    name: str
    kind: str
    content: str
    commit: str | None = None
    branch: str | None = None
    dirty: bool = False
    link: str | None = None

    @property
    def text(self) -> str:
        """``httpx2 2.3.1.dev2 of commit 1a2b3c4d5e6f (branch main), with uncommitted changes``."""
        if self.commit is None:
            return f"{self.package} {self.version} of a {self.kind}, content {self.content[:12]}"
        reached = "" if self.branch is None else f" ({self.branch})"
        dirty = ", with uncommitted changes" if self.dirty else ""
        return f"{self.package} {self.version} of commit {self.commit[:12]}{reached}{dirty}"
