"""From a request target to the reply: every route of the server, one function each.

Any method is served; HEAD gets the headers only. ``?close=1`` on any route closes the connection after this response.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from clientprof.origin.bodies import MAX_BODY_BYTES, body, brotlied, gzipped, parse_size
from clientprof.origin.delays import MAX_DELAY_MS, Delay, DelayBook, FixedDelay
from clientprof.origin.reply import Fault, FaultKind, Reply, make_reply, text_reply

ROUTES_TEXT = """\
/<size>                             a body of that size: 0, 1500, 1k, 64k, 2m (at most 64m)
/echo                               the request's body
/delay/<ms>[/<size>]                answers after a delay
/delay/exp/<mean_ms>/<size>         exponential delay, seeded (?seed=)
/delay/bimodal/<low_ms>/<high_ms>/<size>   90 % low, 10 % high, seeded (?seed=)
/status/<code>   /redirect/<k>   /chunked/<k>x<size>   /gzip/<size>   /br/<size>   /cookies/<k>
/fault/reset   /fault/truncate/<size>   /fault/stall/<ms>   /fault/garbage
?close=1 on any of them closes the connection after the response"""

_KNOWN_TARGETS = 512
_MAX_KNOWN_BYTES = 256 * 1024
_MAX_REDIRECTS, _MAX_COOKIES, _MAX_CHUNKS = 100, 500, 65_536
_MS = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """What a route sees: the path's segments after the first, the query, and the server's delay sequences."""

    rest: tuple[str, ...]
    query: Mapping[str, str]
    delays: DelayBook


class Router:
    """Resolves targets and remembers the replies of the last ones."""

    def __init__(self, delays: DelayBook) -> None:
        self._delays = delays
        self._known: dict[bytes, Reply] = {}

    def reply(self, target: bytes) -> Reply:
        """The reply for a request target; unknown paths get 404, values out of bounds 400. Never raises."""
        reply = self._known.get(target)
        return self._resolve(target) if reply is None else reply

    def _resolve(self, target: bytes) -> Reply:
        try:
            reply = self._route(target.decode("ascii"))
        except ValueError as error:
            reply = text_reply(400, str(error))
        if len(reply.body) <= _MAX_KNOWN_BYTES:
            if len(self._known) >= _KNOWN_TARGETS:
                self._known.clear()
            self._known[target] = reply
        return reply

    def _route(self, target: str) -> Reply:
        parts = urlsplit(target)  # takes the absolute form too (RFC 9112 3.2.2)
        first, *rest = unquote(parts.path).lstrip("/").split("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        route = ROUTES.get(first)
        if route is not None:
            reply = route(Target(tuple(rest), query, self._delays))
        elif not rest and first[:1].isdigit():
            reply = make_reply(200, body(parse_size(first)))
        elif not rest and not first:
            reply = text_reply(200, ROUTES_TEXT)
        else:
            reply = text_reply(404, f"no such route; this server has:\n{ROUTES_TEXT}")
        return replace(reply, close=True) if query.get("close") == "1" else reply


def _count(text: str, most: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most):
        raise ValueError(f"{what} is a number from 0 to {most}, not {text[:40]!r}")
    return int(text)


def _ms(text: str) -> float:
    if _MS.fullmatch(text) is None or float(text) > MAX_DELAY_MS:
        raise ValueError(f"a delay is a number of milliseconds from 0 to {MAX_DELAY_MS:.0f}, not {text[:40]!r}")
    return float(text)


def _only(target: Target, form: str) -> str:
    if len(target.rest) != 1:
        raise ValueError(f"write {form}")
    return target.rest[0]


def _echo(target: Target) -> Reply:
    return replace(make_reply(200), echo=True)


def _delay(target: Target) -> Reply:
    seed_text = target.query.get("seed")
    seed = None if seed_text is None else _count(seed_text, 10**9 - 1, "seed")
    delay: Delay
    match target.rest:
        case ("exp", mean, size):
            delay = target.delays.exponential(_ms(mean), seed)
        case ("bimodal", low, high, size):
            delay = target.delays.bimodal(_ms(low), _ms(high), seed)
        case (ms, size):
            delay = FixedDelay(_ms(ms))
        case (ms,):
            delay, size = FixedDelay(_ms(ms)), "1k"
        case _:
            raise ValueError("write /delay/<ms>, /delay/<ms>/<size>, /delay/exp/... or /delay/bimodal/...")
    return replace(make_reply(200, body(parse_size(size))), delay=delay)


def _status(target: Target) -> Reply:
    code = _count(_only(target, "/status/<code>"), 599, "a status")
    if code < 200:
        raise ValueError("a final status is a number from 200 to 599")
    return text_reply(code, f"status {code}, as asked")


def _redirect(target: Target) -> Reply:
    hops = _count(_only(target, "/redirect/<k>"), _MAX_REDIRECTS, "the number of redirects")
    if hops == 0:
        return make_reply(200, body(1024))
    return make_reply(302, headers=(("Location", f"/redirect/{hops - 1}" if hops > 1 else "/1k"),))


def _chunked(target: Target) -> Reply:
    chunks, by, size = _only(target, "/chunked/<k>x<size>").partition("x")
    count, size_bytes = _count(chunks, _MAX_CHUNKS, "the number of chunks"), parse_size(size)
    if not by or size_bytes == 0 or count * size_bytes > MAX_BODY_BYTES:
        raise ValueError("write /chunked/<k>x<size> with a size from 1 and at most 64m in all")
    text = bytes(body(count * size_bytes))
    pieces = [
        b"%x\r\n%b\r\n" % (size_bytes, text[start : start + size_bytes])
        for start in range(0, count * size_bytes, size_bytes)
    ]
    return make_reply(200, b"".join(pieces) + b"0\r\n\r\n", chunked=True)


def _gzip(target: Target) -> Reply:
    compressed = gzipped(parse_size(_only(target, "/gzip/<size>")))
    return make_reply(200, compressed, headers=(("Content-Encoding", "gzip"),))


def _br(target: Target) -> Reply:
    size_bytes = parse_size(_only(target, "/br/<size>"))
    try:
        compressed = brotlied(size_bytes)
    except ImportError:
        return text_reply(501, "brotli is not installed where this server runs: pip install brotli")
    return make_reply(200, compressed, headers=(("Content-Encoding", "br"),))


def _cookies(target: Target) -> Reply:
    count = _count(_only(target, "/cookies/<k>"), _MAX_COOKIES, "the number of cookies")
    cookies = tuple(("Set-Cookie", f"cookie{n}=value{n}; Path=/") for n in range(count))
    return make_reply(200, body(1024), headers=cookies)


def _fault(target: Target) -> Reply:
    match target.rest:
        case ("reset",):
            return replace(make_reply(200), fault=Fault(FaultKind.RESET))
        case ("truncate", size):
            if parse_size(size) == 0:
                raise ValueError("an empty body cannot be cut short")
            return replace(make_reply(200, body(parse_size(size))), fault=Fault(FaultKind.TRUNCATE))
        case ("stall", ms):
            return replace(make_reply(200, body(1024)), fault=Fault(FaultKind.STALL, _ms(ms)))
        case ("garbage",):
            return replace(make_reply(200), fault=Fault(FaultKind.GARBAGE))
        case _:
            raise ValueError("the faults are reset, truncate/<size>, stall/<ms> and garbage")


ROUTES: dict[str, Callable[[Target], Reply]] = {
    "echo": _echo,
    "delay": _delay,
    "status": _status,
    "redirect": _redirect,
    "chunked": _chunked,
    "gzip": _gzip,
    "br": _br,
    "cookies": _cookies,
    "fault": _fault,
}
