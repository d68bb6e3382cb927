"""The small pieces that several sections use: chips, bars, headings of a client."""

import re
from collections.abc import Iterable, Sequence

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase, State
from clientprof.model.results import ClientResult
from clientprof.report.writing.markup import Html, Node, join, prose, tag
from clientprof.report.writing.wording import client_name


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


_THREAD = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")


def threads(names: Iterable[str]) -> Html | None:
    """Issues and pull requests, given as ``owner/repository#12``, linked on GitHub; None where there are none.

    GitHub leads on from the number of an issue to the pull request that has it.
    """
    items = [_thread(name) for name in names]
    return join(join((", ", item)) if index else item for index, item in enumerate(items)) if items else None


def _thread(name: str) -> Html:
    found = _THREAD.match(name)
    if found is None:
        return join((name,))
    address = f"https://github.com/{found[1]}/issues/{found[2]}"
    return join((tag("a", found[0], href=address, rel="noreferrer noopener"), name[found.end() :]))


def function_at(function: str, file: str, line: int, module: str) -> Html:
    """A function's name and where it stands: file and line, the file alone, or its module where no file is known."""
    where = f"{file}:{line}" if line else file
    return join((tag("code", function), place(where or module)))


def place(path: str) -> Html:
    """Where code stands, such as ``httpcore/_async/http11.py:65``: a line may end after a slash."""
    parts = path.split("/")
    broken = join(part if index == 0 else join(("/", tag("wbr"), part)) for index, part in enumerate(parts))
    return tag("small", broken, class_="place")


def unbroken(text: str) -> str:
    """The text with no line break inside an interval or between a name and its version number."""
    return re.sub(r"\[[^\]]*\]| (?=\d)", lambda found: found.group().replace(" ", "\u00a0"), text)


def warnings_box(lines: Sequence[str], *, explained: bool = False) -> Html | None:
    """Warnings in brief; ``explained`` if the page says under its method what they mean. None without any."""
    if not lines:
        return None
    items = tag("ul", join(tag("li", prose(line)) for line in lines))
    more = tag("p", "What this means for the numbers: ", tag("a", "method and limits", href="#method"), ".")
    return tag("aside", items, more if explained else None, class_="warnings", aria_label="Warnings")
