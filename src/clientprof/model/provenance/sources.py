"""Where the released source of a location can be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STANDARD_LIBRARY = "stdlib"


@dataclass(frozen=True, slots=True)
class Sources:
    """Beginnings of links by package, and by ``stdlib`` for the standard library's.

    What follows a beginning is the package-relative file, ``#L`` and the line: so a page needs one text per package.
    """

    roots: Mapping[str, str] = field(default_factory=dict)

    def root(self, file: str, origin: str) -> str | None:
        """What the link to the file begins with; None where the release's source is not known.

        ``origin`` is a location's: the application's files may be named like a package's.
        """
        # Code without a file of its own: `<frozen abc>`, `<string>`, C.
        if not file or file.startswith("<"):
            return None
        if origin == "package":
            return self.roots.get(file.partition("/")[0])
        return self.roots.get(STANDARD_LIBRARY) if origin == STANDARD_LIBRARY else None

    def link(self, file: str, line: int, origin: str) -> str | None:
        """The link to the line, counted from 1; None where it is not known."""
        root = self.root(file, origin)
        return f"{root}{file}#L{line}" if root is not None and line > 0 else None
