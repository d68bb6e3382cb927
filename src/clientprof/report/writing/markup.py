"""Builders of HTML: a plain ``str`` given to them is text and gets escaped, only ``Html`` passes as it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clientprof.report.writing.escape import escape_html, escape_json

_CODE = re.compile("`([^`]+)`")
_LONG_NAME = re.compile(r"[\w.]{30,}")
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


class Html(str):
    """Text that is markup already. Only the builders of this module make it."""

    __slots__ = ()


Node = str | int | None
Attributes = Mapping[str, str | int | float | bool | None]


def tag(name: str, /, *children: Node, attributes: Attributes | None = None, **more: str | int | bool | None) -> Html:
    """One element. Attribute names are given as in Python: ``class_``, ``aria_label``; None and False leave one out."""
    pairs = {**(attributes or {}), **more}
    written = "".join(
        _attribute(key, value) for key, value in pairs.items() if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape_html(str(value))}"'


def prose(text: str) -> Html:
    """A sentence from the analysis as markup: what stands in backticks is set as code, everything is escaped."""
    parts = _CODE.split(text)
    return join(tag("code", _breakable(part)) if index % 2 else _breakable(part) for index, part in enumerate(parts))


def _breakable(text: str) -> Html:
    """The text, where long dotted names may break after a dot instead of anywhere."""
    pieces = _LONG_NAME.sub(lambda found: found.group().replace(".", ".\n"), text.replace("\n", " ")).split("\n")
    return join(piece if index == 0 else join((tag("wbr"), piece)) for index, piece in enumerate(pieces))


def join(nodes: Iterable[Node]) -> Html:
    """The nodes one after the other; plain text is escaped, None is nothing."""
    return Html(
        "".join(node if isinstance(node, Html) else escape_html(str(node)) for node in nodes if node is not None)
    )


def code_block(text: str) -> Html:
    """Code to paste, its line breaks kept; other control characters are shown."""
    return tag("pre", tag("code", Html("\n".join(escape_html(line) for line in text.split("\n")))), tabindex=0)


def json_block(element_id: str, value: object) -> Html:
    """Data for the page's scripts, as an element that no browser executes."""
    return Html(f'<script type="application/json" id="{escape_html(element_id)}">{escape_json(value)}</script>')


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. ``hint`` is a unit or a qualification in small type under the title."""

    title: str
    numeric: bool = False
    hint: str = ""
    class_: str = ""

    @property
    def classes(self) -> str | None:
        return " ".join(part for part in ("number" if self.numeric else "", self.class_) if part) or None


def table(
    label: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Node]],
    class_: str | None = None,
    row_classes: Sequence[str | None] | None = None,
) -> Html:
    """A table in a box that scrolls sideways by itself where the screen is narrow. The first cell heads its row.

    ``row_classes`` has a class, or None, for every row.
    """
    head = join(
        tag("th", column.title, tag("small", column.hint) if column.hint else None, scope="col", class_=column.classes)
        for column in columns
    )
    listed = list(rows)
    classes = row_classes if row_classes is not None else [None] * len(listed)
    body = join(tag("tr", join(_cells(columns, row)), class_=kind) for row, kind in zip(listed, classes, strict=True))
    inner = tag("table", tag("thead", tag("tr", head)), tag("tbody", body), class_=class_)
    return tag("div", inner, class_="scroll", role="region", aria_label=label, tabindex=0)


def _cells(columns: Sequence[Column], row: Sequence[Node]) -> Iterable[Html]:
    for index, (column, cell) in enumerate(zip(columns, row, strict=True)):
        if index == 0:
            yield tag("th", cell, scope="row", class_=column.classes)
        else:
            yield tag("td", cell, class_=column.classes)


def details(summary: str, *children: Node) -> Html:
    """Content behind a click; opened for print."""
    return tag("details", tag("summary", summary), *children)


def caption(text: str, *more: Node) -> Html:
    """The sentence that says how to read the picture or table below it."""
    return tag("p", text, *more, class_="caption")


def note(text: str) -> Html:
    """A remark on what is missing or limited."""
    return tag("p", text, class_="note")
