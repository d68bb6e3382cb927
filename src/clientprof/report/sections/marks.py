"""The small pieces that several sections use: chips, bars, headings of a client."""

import re
from collections.abc import Iterable, Sequence

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase, State
from clientprof.model.results import ClientResult
from clientprof.report.markup import Html, Node, join, tag
from clientprof.report.wording import client_name


def chip(kind: str, name: Layer | Phase | State, text: str | None = None) -> Html:
    """A colour swatch with its name; ``kind`` is ``layer``, ``phase`` or ``state``."""
    swatch = tag("i", class_="swatch", style=f"--c:var(--{kind}-{name})", aria_hidden="true")
    return tag("span", swatch, text or str(name), class_="chip")


def bar(segments: Iterable[tuple[str, float]], full: float, class_: str = "bar") -> Html:
    """A horizontal bar of (colour property, length) segments, where ``full`` is the length of the whole track.

    Decoration for the eye only: the numbers stand beside it, so screen readers skip it.
    """
    pieces = (
        tag("i", style=f"--c:var({colour});width:{100 * max(0.0, length) / full:.2f}%")
        for colour, length in segments
        if full > 0 and length > 0
    )
    return tag("span", join(pieces), class_=class_, aria_hidden="true")


def per_client(clients: Sequence[ClientResult], blocks: Iterable[Node]) -> Html:
    """One block per client, each under the client's name."""
    parts = (
        tag("div", tag("h3", client_name(client)), block, class_="client")
        for client, block in zip(clients, blocks, strict=True)
    )
    return join(parts)


def quiet(text: str) -> Html | None:
    """An interval or a qualification in small type; nothing for an empty text."""
    return tag("span", text, class_="quiet") if text else None


def unbroken(text: str) -> str:
    """The text with no line break inside an interval or between a name and its version number."""
    return re.sub(r"\[[^\]]*\]| (?=\d)", lambda found: found.group().replace(" ", "\u00a0"), text)
