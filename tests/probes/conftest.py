"""What probes may patch, looked at before and after every test here: nothing may be left behind."""

import gc
import signal
import socket
import ssl
import sys
from asyncio import base_events, events, selector_events
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.origin.process import OriginProcess
from clientprof.probes.seams import find

_PATCHABLE = (
    events,
    events.Handle,
    events.TimerHandle,
    base_events.BaseEventLoop,
    selector_events.BaseSelectorEventLoop,
    selector_events._SelectorSocketTransport,  # type: ignore[attr-defined]
    ssl.SSLObject,
    ssl.SSLContext,
    socket.socket,
    socket,
    ssl,
)
_LAZY = {"_event_loop_policy", "HTTPCORE_EXC_MAP"}  # made by their owners when first asked for
_PACKAGES = {"httpx", "httpcore", "h11", "anyio", "aiohttp", "yarl"}


def seam_owners() -> list[Any]:
    """The classes and modules that the adapters' marks and counters patch, and every module that may hold an alias."""
    for kind in CLIENTS.values():
        kind().module_version()
    targets = [spec.target for kind in CLIENTS.values() for spec in (*kind.marks, *kind.counters)]
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


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """After the test every patchable attribute, hook and signal handler is the very object it was before."""
    attributes = snapshot()
    finders, callbacks = list(sys.meta_path), list(gc.callbacks)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)}
    yield
    after = snapshot()
    changed = [key for key, value in attributes.items() if after.get(key, None) is not value]
    modules = {repr(module) for module in sys.modules.values()}
    added = [key for key in after.keys() - attributes.keys() if key[0] not in modules]
    assert changed == []
    assert added == []
    assert sys.meta_path == finders
    assert gc.callbacks == callbacks
    assert {number: signal.getsignal(number) for number in handlers} == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.fixture(scope="session")
def origin() -> Iterator[OriginProcess]:
    """A plain origin."""
    with OriginProcess() as running:
        yield running


@pytest.fixture(scope="session")
def tls_origin() -> Iterator[OriginProcess]:
    """An origin with TLS."""
    with OriginProcess(tls=True) as running:
        yield running
