"""From a request target to the reply: every route of the server, one function each.

Any method is served; HEAD gets the headers only. Query parameters that combine with every route: ``modifiers``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from clientprof.origin.answers.bodies import MAX_BODY_BYTES, body, parse_size
from clientprof.origin.answers.delays import DelayBook
from clientprof.origin.answers.draft import Draft, Fault, FaultKind, text_draft
from clientprof.origin.errors import MissingEncoding
from clientprof.origin.routing.modifiers import (
    MAX_CHUNKS,
    MAX_COOKIES,
    cookie_fields,
    count,
    delay_of,
    milliseconds,
    modify,
)
from clientprof.origin.wire.reply import Reply, lay_out

ROUTES_TEXT = """\
/<size>                             a body of that size: 0, 1500, 1k, 64k, 2m (at most 64m)
/upload                             an empty body; what was received is in the headers, see below
/echo                               the request's body
/delay/<ms>[/<size>]                answers after a delay
/delay/exp/<mean_ms>/<size>         exponential delay, seeded (?seed=)
/delay/bimodal/<low_ms>/<high_ms>/<size>   90 % low, 10 % high, seeded (?seed=)
/stream/<k>x<size>/<ms>             k pieces, the first with the headers, then one every <ms>
/sse/<k>x<size>/<ms>                the same as text/event-stream, one event of <size> bytes (32 or more) a piece
/redirect/<k>[?to=<target>]         k redirects that end at a target of this server (percent-encoded), or at /1k
/status/<code>   /chunked/<k>x<size>   /gzip/<size>   /br/<size>   /zstd/<size>   /cookies/<k>
/fault/reset   /fault/truncate/<size>   /fault/stall/<ms>   /fault/garbage
Parameters that combine, on every route:
?delay=<ms>, exp-<mean_ms> or bimodal-<low_ms>-<high_ms>   answers after it (&seed=); redirects delay at every hop
?cookies=<k>[&first_cookie=<n>]     sets cookie<n>, cookie<n+1>, ...; at most 500 a response
?encoding=gzip|br|zstd              compresses a body of a size
?chunks=<k>                         sends a body of a size without its length, in at most k pieces
?close=1                            closes the connection after the response
Every answer to a request with a body carries x-clientprof-received: <bytes> <SHA-256>."""

_KNOWN_TARGETS = 512
_MAX_KNOWN_BYTES = 256 * 1024
_MAX_REDIRECTS = 100
_MIN_EVENT_BYTES = 32


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
        """The HTTP/1.1 reply for a target; unknown paths get 404, values out of bounds 400. Never raises."""
        reply = self._known.get(target)
        return self._resolve(target) if reply is None else reply

    def draft(self, target: bytes) -> Draft:
        """The response to a target in no version of HTTP yet, not remembered. Never raises."""
        try:
            return self._route(target.decode("ascii"))
        except ValueError as error:
            return text_draft(400, str(error))
        except MissingEncoding as error:
            return text_draft(501, str(error))

    def _resolve(self, target: bytes) -> Reply:
        reply = lay_out(self.draft(target))
        if len(reply.body) + sum(map(len, reply.pieces)) <= _MAX_KNOWN_BYTES:
            if len(self._known) >= _KNOWN_TARGETS:
                self._known.clear()
            self._known[target] = reply
        return reply

    def _route(self, target: str) -> Draft:
        parts = urlsplit(target)  # takes the absolute form too (RFC 9112 3.2.2)
        first, *rest = unquote(parts.path).lstrip("/").split("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        route = ROUTES.get(first)
        if route is not None:
            draft = route(Target(tuple(rest), query, self._delays))
        elif not rest and first[:1].isdigit():
            draft = _sized(parse_size(first))
        elif not rest and not first:
            draft = text_draft(200, ROUTES_TEXT)
        else:
            draft = text_draft(404, f"no such route; this server has:\n{ROUTES_TEXT}")
        if query:
            draft = modify(draft, query, self._delays)
        draft.wire_body()  # a missing package is found here, not while answering
        return draft


def _sized(size_bytes: int) -> Draft:
    return Draft(content=body(size_bytes), sized=True)


def _only(target: Target, form: str) -> str:
    if len(target.rest) != 1:
        raise ValueError(f"write {form}")
    return target.rest[0]


def _pieces(text: str, form: str) -> tuple[int, int]:
    number, by, size = text.partition("x")
    pieces, size_bytes = count(number, MAX_CHUNKS, "the number of pieces"), parse_size(size)
    if not by or size_bytes == 0 or pieces * size_bytes > MAX_BODY_BYTES:
        raise ValueError(f"write {form} with a size from 1 and at most 64m in all")
    return pieces, size_bytes


def _echo(target: Target) -> Draft:
    return Draft(echo=True)


def _upload(target: Target) -> Draft:
    return Draft()


def _delay(target: Target) -> Draft:
    *words, last = target.rest or ("",)
    if not words:
        words, last = [last], "1k"
    delay = delay_of(tuple(words), target.query, target.delays)
    if delay is None:
        raise ValueError("write /delay/<ms>, /delay/<ms>/<size>, /delay/exp/... or /delay/bimodal/...")
    return replace(_sized(parse_size(last)), delay=delay)


def _status(target: Target) -> Draft:
    code = count(_only(target, "/status/<code>"), 599, "a status")
    if code < 200:
        raise ValueError("a final status is a number from 200 to 599")
    return text_draft(code, f"status {code}, as asked")


def _redirect(target: Target) -> Draft:
    hops = count(_only(target, "/redirect/<k>"), _MAX_REDIRECTS, "the number of redirects")
    if hops == 0:
        return _sized(1024)
    to = target.query.get("to", "/1k")
    # the client must stay on this server, and the header line must stay one line
    if not to.startswith("/") or to.startswith("//") or not to.isascii() or not to.isprintable() or " " in to:
        raise ValueError("to= is a target of this server, percent-encoded, such as /redirect/2?to=/64k%3Fchunks%3D8")
    query = f"?{urlencode(target.query, safe='/')}" if target.query else ""
    return Draft(302, fields=(("Location", f"/redirect/{hops - 1}{query}" if hops > 1 else to),))


def _chunked(target: Target) -> Draft:
    form = "/chunked/<k>x<size>"
    pieces, size_bytes = _pieces(_only(target, form), form)
    return replace(_sized(pieces * size_bytes), piece_bytes=size_bytes)


def _stream(target: Target) -> Draft:
    match target.rest:
        case (shape, ms):
            pieces, size_bytes = _pieces(shape, "/stream/<k>x<size>/<ms>")
            return replace(_sized(pieces * size_bytes), piece_bytes=size_bytes, every_ms=milliseconds(ms))
    raise ValueError("write /stream/<k>x<size>/<ms>")


def _sse(target: Target) -> Draft:
    match target.rest:
        case (shape, ms):
            events, size_bytes = _pieces(shape, "/sse/<k>x<size>/<ms>")
        case _:
            raise ValueError("write /sse/<k>x<size>/<ms>")
    if size_bytes < _MIN_EVENT_BYTES:
        raise ValueError(f"an event has {_MIN_EVENT_BYTES} bytes or more")
    return Draft(
        content=b"".join(_event(n, size_bytes) for n in range(events)),
        content_type="text/event-stream",
        fields=(("Cache-Control", "no-store"),),
        piece_bytes=size_bytes,
        every_ms=milliseconds(ms),
    )


def _event(number: int, size_bytes: int) -> bytes:
    # https://html.spec.whatwg.org/multipage/server-sent-events.html: fields, then an empty line
    start, end = b"id: %d\ndata: " % number, b"\n\n"
    text = bytes(body(size_bytes)).replace(b"\n", b" ")
    return start + text[: size_bytes - len(start) - len(end)] + end


def _encoded(encoding: str) -> "Callable[[Target], Draft]":
    def route(target: Target) -> Draft:
        return replace(_sized(parse_size(_only(target, f"/{encoding}/<size>"))), encoding=encoding)

    return route


def _cookies(target: Target) -> Draft:
    number = count(_only(target, "/cookies/<k>"), MAX_COOKIES, "the number of cookies")
    return replace(_sized(1024), fields=cookie_fields(number, 0))


def _fault(target: Target) -> Draft:
    match target.rest:
        case ("reset",):
            return Draft(fault=Fault(FaultKind.RESET))
        case ("truncate", size):
            if parse_size(size) == 0:
                raise ValueError("an empty body cannot be cut short")
            return replace(_sized(parse_size(size)), fault=Fault(FaultKind.TRUNCATE))
        case ("stall", ms):
            return replace(_sized(1024), fault=Fault(FaultKind.STALL, milliseconds(ms)))
        case ("garbage",):
            return Draft(fault=Fault(FaultKind.GARBAGE))
        case _:
            raise ValueError("the faults are reset, truncate/<size>, stall/<ms> and garbage")


ROUTES: dict[str, Callable[[Target], Draft]] = {
    "upload": _upload,
    "echo": _echo,
    "delay": _delay,
    "stream": _stream,
    "sse": _sse,
    "status": _status,
    "redirect": _redirect,
    "chunked": _chunked,
    "gzip": _encoded("gzip"),
    "br": _encoded("br"),
    "zstd": _encoded("zstd"),
    "cookies": _cookies,
    "fault": _fault,
}
