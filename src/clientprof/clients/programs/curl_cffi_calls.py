"""curl_cffi in a program: ``AsyncSession.request`` and ``Session.request``, through which all of its calls pass.

libcurl does the rest in C, so of a request no more is seen than its wait for one of the session's handles, and its body.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clientprof.clients.programs.observed import FoundSettings, Observed, Response, Tables, url_peer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import MarkSpec

_SESSIONS = "curl_cffi.requests.session"
_RESPONSE = "curl_cffi.requests.models:Response"


def _peer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """``request(session, method, url)``, perhaps below a base URL."""
    url = args[2] if len(args) > 2 else kwargs.get("url")
    if not isinstance(url, str):
        return None
    return url_peer(url, getattr(args[0], "base_url", None) or "", "http")


def _response(response: Any) -> Response:
    streamed = response.stream_task is not None or response.astream_task is not None
    return Response(response.status_code, -1 if streamed else len(response.content), streamed)


def _settings(session: Any) -> FoundSettings:
    timeout = session.timeout
    return FoundSettings(
        limit=getattr(session, "max_clients", None),
        timeouts={"total": timeout} if isinstance(timeout, int | float) else {},
        tls="none" if session.verify is False else None,
        trust_env=getattr(session, "trust_env", None),
    )


def _tables(marks: Sequence[MarkSpec]) -> Tables:
    from clientprof.clients.curl_cffi_client import CurlCffiAdapter

    return Tables(marks, CurlCffiAdapter.boundaries, CurlCffiAdapter.module_layers)


CURL_CFFI = (
    Observed(
        client="curl-cffi",
        module="curl_cffi",
        blocking=False,
        entries=(f"{_SESSIONS}:AsyncSession.request",),
        peer=_peer,
        response=_response,
        bodies=(),
        closers=(f"{_RESPONSE}.aclose",),
        builds=(f"{_SESSIONS}:AsyncSession.__init__",),
        closes=(f"{_SESSIONS}:AsyncSession.close",),
        settings=_settings,
        tables=lambda: _tables(
            (
                MarkSpec(f"{_SESSIONS}:AsyncSession.pop_curl", Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED, awaited=True),
                MarkSpec(f"{_SESSIONS}:AsyncSession.release_curl", Mark.DONE, Mark.RELEASED),
            )
        ),
        queues=(f"{_SESSIONS}:AsyncSession.pop_curl",),
        pieces=(f"{_RESPONSE}.aiter_content",),
        opaque=True,
    ),
    Observed(
        client="curl-cffi-sync",
        module="curl_cffi",
        blocking=True,
        entries=(f"{_SESSIONS}:Session.request",),
        peer=_peer,
        response=_response,
        bodies=(),
        closers=(f"{_RESPONSE}.close",),
        builds=(f"{_SESSIONS}:Session.__init__",),
        closes=(f"{_SESSIONS}:Session.close",),
        settings=_settings,
        tables=lambda: _tables(()),
        pieces=(f"{_RESPONSE}.iter_content",),
        opaque=True,
    ),
)
