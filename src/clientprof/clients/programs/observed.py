"""What is observed of a client inside a program that somebody else wrote.

Targets are written as in ``probes.seams``. Functions that describe a call, a response or a client object are given the
client's own objects; they may raise on a version that they do not know: then that is not known, and nothing else is
wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec, MarkSpec, WaitSpec


class Response(NamedTuple):
    """What a response says: its status, the bytes of its body (-1 unknown), and whether the body is still to come.

    ``later`` is a response that is only promised. To ask it anything would make it wait for its answer.
    """

    status: int
    body_bytes: int
    open: bool
    later: bool = False


class FoundSettings(NamedTuple):
    """Settings of a client object, in the order of ``model.programs.recording.Settings``; None is not known."""

    limit: int | None = None
    idle: int | None = None
    timeouts: Mapping[str, float | None] = {}
    tls: str | None = None
    http2: bool | None = None
    trust_env: bool | None = None
    unlimited: tuple[str, ...] = ()
    per_host: int | None = None
    transport: str | None = None


class Tables(NamedTuple):
    """The adapter's tables, loaded when the client is imported."""

    marks: Sequence[MarkSpec]
    boundaries: Sequence[BoundarySpec]
    layers: Mapping[str, Layer]
    waits: Sequence[WaitSpec] = ()


class Observed(NamedTuple):
    """One client library, asynchronous or blocking.

    ``entries`` are the calls of which the outermost is an exchange; the first argument of each is the client object.
    ``peer`` says from the arguments of an entry (or of one of ``dials``, functions inside) whom it calls. ``bodies`` are
    methods of the response that read all of it, ``closers`` methods after which it is closed; ``builds`` make client
    objects, ``closes`` end them. ``parts`` are methods of a client object that make what it may be called by as well. Marks
    of ``implied`` functions are the exchange's own moments: its return (headers), its end (done). Where another client calls
    this one, they are stamped as they happen. ``module`` bears the version. ``dials`` are asked only in windows of detail:
    otherwise ``answered`` says from a response, and ``meant`` from the arguments of a call that failed, who the peer is.
    ``creates`` are functions that make a new connection: whoever is in one does not wait for one that is free. ``queues``
    are functions that do nothing but wait for one, where a version has such. ``pieces`` give the next piece of a body, or an
    iterator of pieces: methods of the response, or of what it ``stands_on``, an attribute of it. They may leave out those of
    which the piece is there already. ``opaque`` clients do their work outside Python: of a call no more is seen than its
    marks, its return and its body.
    ``sends`` are calls of a connection that begin a request, or go on with it, where only a later call (one of ``entries``)
    gives the response; after ``breaks`` it gives none any more. ``readers`` read a piece of the body, or all of it where
    they are asked for no number of bytes; ``more`` says afterwards whether more is to come. ``requests`` says from the
    arguments of an entry whether it makes a request at all, ``carried`` gives the response that an exception brings, where
    the server has answered and the client raises for its status.
    """

    client: str
    module: str
    blocking: bool
    entries: tuple[str, ...]
    peer: Callable[[Sequence[Any], Mapping[str, Any]], tuple[str, str, int] | None]
    response: Callable[[Any], Response]
    bodies: tuple[str, ...]
    closers: tuple[str, ...]
    builds: tuple[str, ...]
    closes: tuple[str, ...]
    settings: Callable[[Any], FoundSettings]
    tables: Callable[[], Tables]
    parts: tuple[str, ...] = ()
    dials: tuple[str, ...] = ()
    implied: frozenset[str] = frozenset()
    answered: Callable[[Any], tuple[str, str, int]] | None = None
    meant: Callable[[Sequence[Any], Mapping[str, Any]], tuple[str, str, int] | None] | None = None
    creates: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    stands_on: str = "raw"
    opaque: bool = False
    sends: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    more: Callable[[Any], bool] | None = None
    requests: Callable[[Sequence[Any], Mapping[str, Any]], bool] | None = None
    carried: Callable[[BaseException], Any] | None = None


def is_request(observed: Observed, args: Any, kwargs: Any) -> bool:
    """Whether the call of an entry is an HTTP request; where that cannot be said, it is one."""
    if observed.requests is None:
        return True
    try:
        return observed.requests(args, kwargs)
    except Exception:
        return True


def answer_in(observed: Observed, error: BaseException) -> Any:
    """The response that the exception of a call brings, None where the call failed."""
    return None if observed.carried is None else observed.carried(error)


PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def peer(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int]:
    """A peer with the scheme's port where none was given."""
    return scheme, (host or "").lower(), port or PORTS.get(scheme, 0)


def url_peer(url: str, base: str = "", scheme: str = "") -> tuple[str, str, int] | None:
    """The peer that an address names, below ``base``, and with ``scheme`` where it has none. None where its host or port is
    malformed: the client itself says so to the program."""
    try:
        parts = urlsplit(urljoin(base, url), scheme)
        return peer(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return None


def named(kind: type) -> str:
    """A class by its package and name: ``httpx.ASGITransport``."""
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
