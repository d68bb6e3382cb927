"""Query parameters that combine with every route, so that a whole scenario is one target.

Each takes the draft that the route made and the parameter's value, and gives the changed draft.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from clientprof.origin.answers.bodies import ENCODINGS
from clientprof.origin.answers.delays import MAX_DELAY_MS, Delay, DelayBook, FixedDelay
from clientprof.origin.answers.draft import Draft

MAX_CHUNKS, MAX_COOKIES = 65_536, 500
_MAX_COOKIE_NUMBER = 10**6
_MS = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)

Query = Mapping[str, str]


def count(text: str, most: int, what: str) -> int:
    """The number that ``text`` is.

    Raises:
        ValueError: not a number from 0 to ``most``.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most):
        raise ValueError(f"{what} is a number from 0 to {most}, not {text[:40]!r}")
    return int(text)


def milliseconds(text: str) -> float:
    """The delay that ``text`` is.

    Raises:
        ValueError: not a number of milliseconds from 0 to ``MAX_DELAY_MS``.
    """
    if _MS.fullmatch(text) is None or float(text) > MAX_DELAY_MS:
        raise ValueError(f"a delay is a number of milliseconds from 0 to {MAX_DELAY_MS:.0f}, not {text[:40]!r}")
    return float(text)


def delay_of(words: tuple[str, ...], query: Query, delays: DelayBook) -> Delay | None:
    """The delay that ``<ms>``, ``exp <mean_ms>`` or ``bimodal <low_ms> <high_ms>`` name; None: another form.

    Raises:
        ValueError: a number out of bounds.
    """
    seed = count(query["seed"], 10**9 - 1, "seed") if "seed" in query else None
    match words:
        case ("exp", mean):
            return delays.exponential(milliseconds(mean), seed)
        case ("bimodal", low, high):
            return delays.bimodal(milliseconds(low), milliseconds(high), seed)
        case (ms,):
            return FixedDelay(milliseconds(ms))
    return None


def cookie_fields(number: int, first: int) -> tuple[tuple[str, str], ...]:
    """``number`` Set-Cookie fields, of names that count up from ``first``."""
    return tuple(("Set-Cookie", f"cookie{n}=value{n}; Path=/") for n in range(first, first + number))


def modify(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    """``draft`` with all that its query asks for; parameters that mean nothing here are ignored.

    Raises:
        ValueError: a value out of bounds, or one that does not fit the route; the message says why.
    """
    for name, change in MODIFIERS.items():
        if name in query:
            draft = change(draft, query, delays)
    return draft


def _delay(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    delay = delay_of(tuple(query["delay"].split("-")), query, delays)
    if delay is None:
        raise ValueError("write delay=<ms>, delay=exp-<mean_ms> or delay=bimodal-<low_ms>-<high_ms>")
    return replace(draft, delay=delay)


def _cookies(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    number = count(query["cookies"], MAX_COOKIES, "the number of cookies")
    first = count(query.get("first_cookie", "0"), _MAX_COOKIE_NUMBER, "the first cookie's number")
    return replace(draft, fields=(*draft.fields, *cookie_fields(number, first)))


def _encoding(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    encoding = query["encoding"]
    if encoding not in ENCODINGS:
        raise ValueError(f"the encodings are {', '.join(ENCODINGS)}, not {encoding[:40]!r}")
    if not draft.sized or draft.every_ms is not None or draft.fault is not None:
        raise ValueError("an encoding is for a body of a size that is not streamed in time, such as /64k?encoding=br")
    return replace(draft, encoding=encoding)


def _chunks(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    chunks = count(query["chunks"], MAX_CHUNKS, "the number of chunks")
    if not draft.sized or draft.every_ms is not None or draft.fault is not None:
        raise ValueError("chunks are for a body of a size, such as /64k?chunks=8; /stream/... has its own")
    if chunks == 0 or chunks > len(draft.wire_body()):
        raise ValueError("there are from 1 chunk to as many as the body has bytes")
    return replace(draft, piece_bytes=-(-len(draft.wire_body()) // chunks))


def _close(draft: Draft, query: Query, delays: DelayBook) -> Draft:
    return replace(draft, close=query["close"] == "1")


MODIFIERS: dict[str, Callable[[Draft, Query, DelayBook], Draft]] = {
    "delay": _delay,
    "cookies": _cookies,
    "encoding": _encoding,  # before chunks, which cut what is sent
    "chunks": _chunks,
    "close": _close,
}
