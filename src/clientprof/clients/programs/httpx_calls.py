"""httpx and httpx2 in a program: ``AsyncClient`` and ``Client``, whose ``request`` calls ``send``; SDKs call ``send``
themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from clientprof.clients.programs.observed import FoundSettings, Observed, Response, Tables, named, peer

_TIMEOUTS = ("connect", "read", "write", "pool")
_OWN = {f"{client}.{kind}" for client in ("httpx", "httpx2") for kind in ("HTTPTransport", "AsyncHTTPTransport")}


def _peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``send(client, request)``; of ``request(client, method, url)`` the ``send`` inside tells."""
    request = args[1] if len(args) > 1 else kwargs.get("request")
    url = getattr(request, "url", None)
    return None if url is None else peer(url.scheme, url.host, url.port)


def _response(response: Any) -> Response:
    is_closed = response.is_closed
    return Response(response.status_code, response.num_bytes_downloaded if is_closed else -1, not is_closed)


def _settings(client: Any) -> FoundSettings:
    transport = getattr(client, "_transport", None)
    pool = getattr(transport, "_pool", None)
    limit, idle = getattr(pool, "_max_connections", None), getattr(pool, "_max_keepalive_connections", None)
    # httpcore writes no limit as the largest integer.
    unlimited = tuple(
        name for name, value in (("limit", limit), ("idle", idle)) if value is not None and value >= 1 << 31
    )
    timeout = getattr(client, "timeout", None)
    return FoundSettings(
        limit=None if "limit" in unlimited else limit,
        idle=None if "idle" in unlimited else idle,
        timeouts={name: getattr(timeout, name, None) for name in _TIMEOUTS},
        tls=_tls(getattr(pool, "_ssl_context", None)),
        http2=getattr(pool, "_http2", None),
        trust_env=getattr(client, "trust_env", None),
        unlimited=unlimited,
        transport=_put_below(client),
    )


def _put_below(client: Any) -> str | None:
    """What stands where the client's own transport would, for all URLs or for some."""
    below = (getattr(client, "_transport", None), *(getattr(client, "_mounts", None) or {}).values())
    kinds = (named(type(each)) for each in below if each is not None)
    return next((kind for kind in kinds if kind not in _OWN), None)


def _tls(context: Any) -> str | None:
    """Where the CAs of the context come from."""
    if context is None:
        return None
    if type(context).__module__.partition(".")[0] == "truststore":
        return "system"
    return "none" if int(context.verify_mode) == 0 else "certifi"


def _asynchronous(client: str, core: str) -> Tables:
    from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
    from clientprof.clients.observed.httpx_boundaries import (
        httpcore_boundaries,
        httpcore_layers,
        httpcore_marks,
        httpx_boundaries,
        httpx_layers,
    )

    return Tables(
        marks=httpcore_marks(core),
        boundaries=(*COMMON_BOUNDARIES, *httpx_boundaries(client), *httpcore_boundaries(core)),
        layers={**httpx_layers(client), **httpcore_layers(core)},
    )


def _blocking(client: str, core: str) -> Tables:
    from clientprof.clients.httpx_sync import HttpxSyncAdapter as Adapter
    from clientprof.clients.programs.renamed import renamed

    return renamed(Tables(Adapter.marks, Adapter.boundaries, Adapter.module_layers, Adapter.waits), client, core)


# Texts and lines are made of these; lines can be many to a piece, which itself costs what a read from the network does.
def _observed(client: str, core: str) -> tuple[Observed, Observed]:
    calls, models = f"{client}._client", f"{client}._models:Response"
    return (
        Observed(
            client=client,
            module=client,
            blocking=False,
            entries=(f"{calls}:AsyncClient.request", f"{calls}:AsyncClient.send"),
            peer=_peer,
            response=_response,
            bodies=(f"{models}.aread",),
            closers=(f"{models}.aclose",),
            builds=(f"{calls}:AsyncClient.__init__",),
            closes=(f"{calls}:AsyncClient.aclose", f"{calls}:AsyncClient.__aexit__"),
            settings=_settings,
            tables=lambda: _asynchronous(client, core),
            pieces=(f"{models}.aiter_bytes", f"{models}.aiter_raw"),
        ),
        Observed(
            client=f"{client}-sync",
            module=client,
            blocking=True,
            entries=(f"{calls}:Client.request", f"{calls}:Client.send"),
            peer=_peer,
            response=_response,
            bodies=(f"{models}.read",),
            closers=(f"{models}.close",),
            builds=(f"{calls}:Client.__init__",),
            closes=(f"{calls}:Client.close", f"{calls}:Client.__exit__"),
            settings=_settings,
            tables=lambda: _blocking(client, core),
            pieces=(f"{models}.iter_bytes", f"{models}.iter_raw"),
        ),
    )


HTTPX = _observed("httpx", "httpcore")
HTTPX2 = _observed("httpx2", "httpcore2")
