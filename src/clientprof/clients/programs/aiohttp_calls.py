"""aiohttp in a program: ``ClientSession._request``, through which all of its calls pass.

It returns when the headers are there; the body is read by ``ClientResponse.read``, or piece by piece until the response
is released.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clientprof.clients.programs.observed import FoundSettings, Observed, Response, Tables, named, peer

_SESSION = "aiohttp.client:ClientSession"
_RESPONSE = "aiohttp.client_reqrep:ClientResponse"
_TIMEOUTS = ("total", "connect", "sock_connect", "sock_read")


def _peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``BaseConnector.connect(connector, request, ...)``."""
    request = args[1] if len(args) > 1 else kwargs.get("req")
    url = getattr(request, "url", None)
    return None if url is None else _peer_of(url)


def _peer_of(url: Any) -> tuple[str, str, int]:
    return peer(url.scheme, url.raw_host, url.port)


def _answered(response: Any) -> tuple[str, str, int]:
    return _peer_of(response._url)


def _meant(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``ClientSession._request(session, method, str_or_url)``, perhaps below a base URL."""
    url = args[2] if len(args) > 2 else kwargs.get("str_or_url")
    return None if url is None else _peer_of(args[0]._build_url(url))


def _response(response: Any) -> Response:
    body = response._body
    return Response(response.status, -1 if body is None else len(body), body is None)


def _settings(session: Any) -> FoundSettings:
    connector, timeout = session._connector, session._timeout
    limit = getattr(connector, "_limit", None)
    verified = getattr(connector, "_ssl", True)
    return FoundSettings(
        limit=limit or None,
        timeouts={name: getattr(timeout, name, None) for name in _TIMEOUTS},
        tls="none" if verified is False else "system" if verified in (True, None) else "own",
        http2=False,
        # It has no limit of idle connections, but may be told to keep none.
        idle=0 if getattr(connector, "_force_close", False) else None,
        trust_env=getattr(session, "_trust_env", None),
        unlimited=("limit",) if limit == 0 else (),
        per_host=getattr(connector, "_limit_per_host", None) or None,
        transport=None if (kind := named(type(connector))) == "aiohttp.TCPConnector" else kind,
    )


def _tables() -> Tables:
    from clientprof.clients.aiohttp_client import AiohttpAdapter

    return Tables(AiohttpAdapter.marks, AiohttpAdapter.boundaries, AiohttpAdapter.module_layers)


AIOHTTP = (
    Observed(
        client="aiohttp",
        module="aiohttp",
        blocking=False,
        entries=(f"{_SESSION}._request",),
        peer=_peer,
        response=_response,
        bodies=(f"{_RESPONSE}.read",),
        closers=(f"{_RESPONSE}.release", f"{_RESPONSE}.close"),
        builds=(f"{_SESSION}.__init__",),
        closes=(f"{_SESSION}.close",),
        settings=_settings,
        tables=_tables,
        dials=("aiohttp.connector:BaseConnector.connect",),
        answered=_answered,
        meant=_meant,
        queues=("aiohttp.connector:BaseConnector._wait_for_available_connection",),
        creates=tuple(f"aiohttp.connector:{kind}Connector._create_connection" for kind in ("TCP", "Unix", "NamedPipe")),
        implied=frozenset((f"{_RESPONSE}.start", f"{_RESPONSE}.read")),
        # All that reads a body comes here where nothing of it is there, and only then.
        pieces=("aiohttp.streams:StreamReader._wait",),
        stands_on="content",
    ),
)
