"""The elements of a page apart from its texts, to see whether a text became markup."""

from html.parser import HTMLParser


def elements_of(markup: str) -> list[str]:
    """The elements and attribute names, in order, without texts and values; places where a name may break are none."""
    return _Structure(markup).elements


class _Structure(HTMLParser):
    """The elements and attribute names of a page, in order, without texts and values."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr" and not attrs:
            return
        self.elements.append(f"{tag} {' '.join(name for name, _ in attrs)}")

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(f"/{tag}")
