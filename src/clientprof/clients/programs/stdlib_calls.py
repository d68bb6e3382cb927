"""The standard library's client in a program, and what stands on it: http.client, urllib.request and httplib2.

With http.client a request is several calls of a connection: ``request`` (or ``putrequest``, ``endheaders``, ``send``), and
``getresponse``. urllib.request makes a connection for each request and gives the response; httplib2 keeps one connection a
host and reads the whole answer. Both follow redirects inside of one call.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from clientprof.clients.programs.observed import FoundSettings, Observed, Response, Tables, peer, url_peer

_CONNECTION, _RESPONSE = "http.client:HTTPConnection", "http.client:HTTPResponse"
_HTTPS_PORT = 443


def _connection_peer(args: Sequence[Any], _kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """Of a connection through a proxy's tunnel, the tunnel's other end."""
    connection = args[0]
    host, port = getattr(connection, "_tunnel_host", None), getattr(connection, "_tunnel_port", None)
    if not host:
        host, port = connection.host, connection.port
    scheme = "https" if connection.default_port == _HTTPS_PORT else "http"
    return peer(scheme, host.strip("[]"), port) if isinstance(host, str) else None


def _response(response: Any) -> Response:
    # An answer to HEAD may have any length by its headers.
    bodiless = getattr(response, "_method", None) == "HEAD"
    return Response(response.status, 0 if bodiless else _body_bytes(response), _more(response))


def _more(response: Any) -> bool:
    """Whether more of the body is to come. Asked after each line that is read."""
    # What has no body or is read line by line need not be closed at its end; then no byte is left.
    return response.length != 0 and not response.isclosed()


def _body_bytes(response: Any) -> int:
    """Of a body that has come whole and whose length was known before; -1 of any other."""
    if response.chunked or response.length != 0:
        return -1
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() else 0


def _opener_url(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """``OpenerDirector.open(opener, fullurl)``, a ``Request`` or an address."""
    given = args[1] if len(args) > 1 else kwargs["fullurl"]
    url: str = given if isinstance(given, str) else given.full_url
    return url


def _opener_peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    return url_peer(_opener_url(args, kwargs))


def _opens_http(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """It opens files and ``data:`` addresses, too."""
    return urlsplit(_opener_url(args, kwargs)).scheme in ("http", "https")


def _opener_response(response: Any) -> Response:
    if isinstance(response, sys.modules["http.client"].HTTPResponse):
        return _response(response)
    # Made by a handler of the program's own, from a cache say, which may be anything; or an error that brings no body.
    return Response(getattr(response, "status", None) or 0, -1, open=False)


def _carried(error: BaseException) -> Any:
    """Every status that is none of success is raised, with the response in it."""
    errors: Any = sys.modules.get("urllib.error")
    return (error.fp or error) if isinstance(error, errors.HTTPError) else None


def _httplib2_peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``Http.request(http, uri)``."""
    return url_peer(args[1] if len(args) > 1 else kwargs["uri"])


def _httplib2_response(answer: Any) -> Response:
    response, content = answer
    return Response(int(response.status), len(content), open=False)


def _httplib2_settings(http: Any) -> FoundSettings:
    verified = not http.disable_ssl_certificate_validation
    return FoundSettings(
        timeouts={"timeout": http.timeout}, tls=_httplib2_cas(http) if verified else "none", http2=False
    )


def _httplib2_cas(http: Any) -> str:
    """It asks the environment and a locater first, and has a file of its own where certifi is not installed."""
    certifi = sys.modules.get("certifi")
    file = http.ca_certs or sys.modules["httplib2"].CA_CERTS
    return "certifi" if certifi is not None and file == certifi.where() else "file"


def _no_settings(_client: Any) -> FoundSettings:
    return FoundSettings()


def _tables() -> Tables:
    from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
    from clientprof.clients.observed.http_client import (
        HTTP_CLIENT_BOUNDARIES,
        HTTP_CLIENT_HEADERS,
        HTTPLIB2_BOUNDARIES,
        HTTPLIB2_LAYERS,
        OPENER_BOUNDARIES,
    )

    return Tables(
        marks=(HTTP_CLIENT_HEADERS,),
        boundaries=(*BLOCKING_BOUNDARIES, *HTTP_CLIENT_BOUNDARIES, *OPENER_BOUNDARIES, *HTTPLIB2_BOUNDARIES),
        layers=HTTPLIB2_LAYERS,
    )


HTTP_CLIENT = (
    Observed(
        client="http.client",
        module="http.client",
        blocking=True,
        entries=(f"{_CONNECTION}.getresponse",),
        # Whoever connects by hand may send nothing for long, or for good: that is no request yet.
        sends=tuple(f"{_CONNECTION}.{name}" for name in ("request", "putrequest", "endheaders", "send")),
        breaks=(f"{_CONNECTION}.close",),
        peer=_connection_peer,
        response=_response,
        bodies=(),
        readers=tuple(f"{_RESPONSE}.{name}" for name in ("read", "read1", "readinto", "readline", "peek")),
        more=_more,
        closers=(f"{_RESPONSE}.close",),
        # A connection is no client object: whoever makes one for each request has connections that are not used again.
        builds=(),
        closes=(),
        settings=_no_settings,
        tables=_tables,
    ),
)
URLLIB = (
    Observed(
        client="urllib.request",
        module="urllib.request",
        blocking=True,
        entries=("urllib.request:OpenerDirector.open",),
        requests=_opens_http,
        peer=_opener_peer,
        response=_opener_response,
        carried=_carried,
        bodies=(),
        closers=(),
        builds=(),
        closes=(),
        settings=_no_settings,
        tables=_tables,
    ),
)
HTTPLIB2 = (
    Observed(
        client="httplib2",
        module="httplib2",
        blocking=True,
        entries=("httplib2:Http.request",),
        peer=_httplib2_peer,
        response=_httplib2_response,
        bodies=(),
        closers=(),
        builds=("httplib2:Http.__init__",),
        closes=("httplib2:Http.close",),
        settings=_httplib2_settings,
        tables=_tables,
    ),
)
