"""requests, niquests and urllib3 in a program: blocking calls, each on urllib3 or on niquests' fork of it."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clientprof.clients.programs.observed import FoundSettings, Observed, Response, Tables, peer, url_peer

if TYPE_CHECKING:
    from clientprof.clients.adapter import SyncAdapter


def _request_peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``Session.send(session, prepared)``; of ``Session.request`` the ``send`` inside tells."""
    request = args[1] if len(args) > 1 else kwargs.get("request")
    url = getattr(request, "url", None)
    return url_peer(url) if isinstance(url, str) else None


def _pool_peer(args: Sequence[Any], _kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``HTTPConnectionPool.urlopen(pool, ...)``; of ``PoolManager.urlopen`` the pool's own inside tells."""
    pool = args[0]
    host = getattr(pool, "host", None)
    return peer(pool.scheme, host.strip("[]"), pool.port) if isinstance(host, str) else None


def _response(response: Any) -> Response:
    body = response._content
    read = isinstance(body, bytes)
    return Response(response.status_code, len(body) if read else -1, not read and body is not None)


def _niquests_response(response: Any) -> Response:
    # A multiplexed session gives promises, and any look at one ends the multiplexing: it waits for the answer.
    if getattr(type(response), "lazy", None) is not None and response.lazy:
        return Response(0, -1, open=False, later=True)
    return _response(response)


def _urllib3_response(response: Any) -> Response:
    # Without preload_content the connection is held until the body has been read.
    is_open = getattr(response, "_connection", None) is not None
    body = getattr(response, "_body", None)
    return Response(response.status, len(body) if isinstance(body, bytes) else -1, is_open)


def _session_settings(session: Any) -> FoundSettings:
    """What bounds calls is known where all adapters of the session are alike."""
    kinds = {
        (getattr(each, "_pool_maxsize", None), bool(getattr(each, "_pool_block", False)))
        for each in session.adapters.values()
    }
    size, block = kinds.pop() if len(kinds) == 1 else (None, None)
    verify = session.verify
    return FoundSettings(
        per_host=size if block else None,  # each host has a pool of its own
        idle=size,
        tls="none" if verify is False else "certifi" if verify is True else "file",
        http2=False,
        trust_env=session.trust_env,
        unlimited=() if block is None else ("limit",),
    )


def _pool_settings(found: Any) -> FoundSettings:
    """Of a manager, which has a pool for each host, or of such a pool that the program uses by itself."""
    if hasattr(found, "connection_pool_kw"):
        options = found.connection_pool_kw
        size, block = options.get("maxsize", 1), bool(options.get("block"))
        return FoundSettings(per_host=size if block else None, idle=size, http2=False, unlimited=("limit",))
    size = getattr(found.pool, "maxsize", None)
    return FoundSettings(
        limit=size if found.block else None, idle=size, http2=False, unlimited=() if found.block else ("limit",)
    )


# Names of niquests as ``clients.observed.niquests_layers`` says them, which only who uses niquests should import.
_FORK_CONNECTS = tuple(
    " | ".join(f"{package}.{kind}.connect" for package in ("urllib3", "urllib3_future"))
    for kind in (
        "connection:HTTPConnection", "connection:HTTPSConnection", "_async.connection:AsyncHTTPConnection",
        "_async.connection:AsyncHTTPSConnection",
    )
)  # fmt: skip


def _async_session(method: str) -> str:
    return " | ".join(f"niquests.{module}:AsyncSession.{method}" for module in ("async_session", "_async"))


def _with_fork(adapter: "type[SyncAdapter]") -> Tables:
    """A client's tables. Where urllib3-future has taken urllib3's name, all that rest on urllib3 wait in its pool."""
    from clientprof.clients.niquests_client import NiquestsAdapter
    from clientprof.clients.observed.niquests_layers import FORK_DONE

    waits = dict.fromkeys((*adapter.waits, *NiquestsAdapter.waits))
    marks = adapter.marks
    if "urllib3.backend" in sys.modules:
        marks = [*marks, FORK_DONE]
    return Tables(marks, adapter.boundaries, adapter.module_layers, tuple(waits))


def _pieces(of: str) -> tuple[str, ...]:
    """What gives pieces of urllib3's response, through whatever is read; urllib3 1 has no ``read1``."""
    return tuple(
        f"{package}.{of}.{name}"
        for package in ("urllib3", "urllib3_future")
        for name in ("read", f"read1 | {package}.{of}.read", "read_chunked")
    )


def _requests_tables() -> Tables:
    from clientprof.clients.requests_client import RequestsAdapter

    return _with_fork(RequestsAdapter)


def _urllib3_tables() -> Tables:
    from clientprof.clients.urllib3_client import Urllib3Adapter

    return _with_fork(Urllib3Adapter)


def _niquests_tables() -> Tables:
    from clientprof.clients.niquests_client import NiquestsAdapter

    return _with_fork(NiquestsAdapter)


def _niquests_async_tables() -> Tables:
    from clientprof.clients.niquests_async_client import NiquestsAsyncAdapter as Adapter

    return Tables(Adapter.marks, Adapter.boundaries, Adapter.module_layers)


REQUESTS = (
    Observed(
        client="requests",
        module="requests",
        blocking=True,
        entries=("requests.sessions:Session.request", "requests.sessions:Session.send"),
        peer=_request_peer,
        response=_response,
        bodies=("requests.models:Response.content",),
        closers=("requests.models:Response.close",),
        builds=("requests.sessions:Session.__init__",),
        closes=("requests.sessions:Session.close",),
        settings=_session_settings,
        tables=_requests_tables,
    ),
)
NIQUESTS = (
    Observed(
        client="niquests",
        module="niquests",
        blocking=True,
        entries=("niquests.sessions:Session.request", "niquests.sessions:Session.send"),
        peer=_request_peer,
        response=_niquests_response,
        bodies=("niquests.models:Response.content",),
        closers=("niquests.models:Response.close",),
        builds=("niquests.sessions:Session.__init__",),
        closes=("niquests.sessions:Session.close",),
        settings=_session_settings,
        tables=_niquests_tables,
        creates=_FORK_CONNECTS,
    ),
    Observed(
        client="niquests-async",
        module="niquests",
        blocking=False,
        entries=(_async_session("request"), _async_session("send")),
        peer=_request_peer,
        response=_niquests_response,
        bodies=(),
        closers=("niquests.models:AsyncResponse.close",),
        builds=(_async_session("__init__"),),
        closes=(_async_session("close"),),
        settings=_session_settings,
        tables=_niquests_async_tables,
        creates=_FORK_CONNECTS,
        pieces=_pieces("_async.response:AsyncHTTPResponse"),
    ),
)
URLLIB3 = (
    Observed(
        client="urllib3",
        module="urllib3",
        blocking=True,
        entries=("urllib3.poolmanager:PoolManager.urlopen", "urllib3.connectionpool:HTTPConnectionPool.urlopen"),
        peer=_pool_peer,
        response=_urllib3_response,
        bodies=(),
        closers=("urllib3.response:HTTPResponse.release_conn", "urllib3.response:HTTPResponse.close"),
        builds=("urllib3.poolmanager:PoolManager.__init__", "urllib3.connectionpool:HTTPConnectionPool.__init__"),
        parts=("urllib3.poolmanager:PoolManager._new_pool",),
        closes=("urllib3.poolmanager:PoolManager.clear",),
        settings=_pool_settings,
        tables=_urllib3_tables,
        pieces=_pieces("response:HTTPResponse"),
    ),
)
