"""Every attribute that a probe may patch, as it is now."""

import http.client
import socket
import ssl
import sys
import urllib.request
from asyncio import base_events, events, selector_events
from types import ModuleType
from typing import Any

import trio

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import SyncAdapter
from clientprof.probes.observation_points import find
from measurable_clients import HERE, MISSING

_PATCHABLE = (
    events,
    events.Handle,
    events.TimerHandle,
    base_events.BaseEventLoop,
    selector_events.BaseSelectorEventLoop,
    selector_events._SelectorSocketTransport,  # type: ignore[attr-defined]
    ssl.SSLObject,
    ssl.SSLSocket,
    ssl.SSLContext,
    http.client.HTTPConnection,
    http.client.HTTPSConnection,
    http.client.HTTPResponse,
    urllib.request.OpenerDirector,
    socket.socket,
    socket,
    ssl,
    trio.SocketStream,
    trio.socket,
    trio._socket._SocketType,
    trio._core._run.Runner,
    trio._core._run.CancelScope,
)
_LAZY = {"_event_loop_policy", "HTTPCORE_EXC_MAP", "wait_for_socket"}  # made by their owners when first asked for
_PACKAGES = {
    "httpx",
    "httpx2",
    "httpx_aiohttp",
    "httpcore",
    "httpcore2",
    "h11",
    "anyio",
    "aiohttp",
    "yarl",
    "requests",
    "urllib3",
}


def seam_owners() -> list[Any]:
    """The classes and modules that the adapters' marks and counters patch, and every module that may hold an alias."""
    kinds = [CLIENTS[name] for name in HERE if name not in MISSING]
    for kind in kinds:
        kind().module_version()
    targets = [spec.target for kind in kinds for spec in (*kind.marks, *kind.counters)]
    targets += [spec.target for kind in kinds if issubclass(kind, SyncAdapter) for spec in kind.waits]
    owners = [seam.owner for seam in map(find, targets) if seam is not None]
    return owners + [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] in _PACKAGES]


def snapshot() -> dict[tuple[str, str], Any]:
    """Every attribute of what can be patched. Submodules are left out: importing one sets it, and that is no patch."""
    found: dict[tuple[str, str], Any] = {}
    for owner in (*_PATCHABLE, *seam_owners()):
        for name, value in list(vars(owner).items()):
            if not isinstance(value, ModuleType) and name not in _LAZY:
                found[repr(owner), name] = value
    return found


def monitoring_tools() -> list[str | None]:
    """Who holds the tools of ``sys.monitoring``; none before Python 3.12."""
    monitoring: Any = getattr(sys, "monitoring", None)
    return [] if monitoring is None else [monitoring.get_tool(number) for number in range(6)]
