"""Links to released sources as the page has them: each beginning once, a location points at its own."""

from collections.abc import Iterable

from clientprof.model.provenance.sources import Sources
from clientprof.model.samples import CodeLocation
from clientprof.report.writing.escape import safe_link
from clientprof.report.writing.markup import Html, Node, join, tag


class SourceRoots:
    """The beginnings of links that were used, in ``listed``."""

    def __init__(self, *sources: Sources) -> None:
        """Several ``sources`` where locations come from several environments; each location names its own."""
        self._sources = sources
        self._numbers: dict[str, int] = {}

    @property
    def listed(self) -> list[str]:
        return list(self._numbers)

    def packed_location(self, place: CodeLocation, strings: dict[str, int], side: int = 0) -> list[int]:
        """Module, function and file as numbers in ``strings`` (which grows), line, and the beginning's number if known."""
        texts = (place.module, place.function, place.file)
        row = [*(strings.setdefault(text, len(strings)) for text in texts), place.line]
        root = safe_link(self._sources[side].root(place.file, place.origin)) if place.line > 0 else None
        return row if root is None else [*row, self._numbers.setdefault(root, len(self._numbers))]


def placed(location: CodeLocation) -> Html:
    """The function with its file and line beneath."""
    place = f"{location.file}:{location.line}" if location.line else location.file
    return join((location.function, tag("small", place) if place else None))


def source_list(locations: Iterable[CodeLocation], sources: Sources) -> Html | None:
    """A sentence with links to the released sources that the locations are in; None where none is known."""
    found: dict[str, str] = {}
    for location in locations:
        root = safe_link(sources.root(location.file, location.origin))
        if root is not None:
            name = location.file.partition("/")[0] if location.origin == "package" else "standard library"
            found.setdefault(root, name)
    if not found:
        return None
    links: list[Node] = []
    for root, name in sorted(found.items(), key=lambda pair: pair[1]):
        # Folders are shown by another word than files.
        folder = root.replace("/blob/", "/tree/").rstrip("/")
        links += [", " if links else None, tag("a", name, href=folder, rel="noreferrer noopener")]
    return tag("p", "Released sources that files and lines refer to: ", *links, ".", class_="quiet")
