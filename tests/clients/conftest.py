"""Every adapter in turn; those whose package replaces what others stand on only where that package is installed."""

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, SyncAdapter
from measurable_clients import ALONE

ASYNCHRONOUS = [name for name, kind in CLIENTS.items() if issubclass(kind, AsyncAdapter)]
BLOCKING = [name for name, kind in CLIENTS.items() if issubclass(kind, SyncAdapter)]


@pytest.fixture(params=ASYNCHRONOUS)
def adapter(request: pytest.FixtureRequest) -> AsyncAdapter:
    """Each asynchronous row of the table in turn; a new row is tested by being there."""
    chosen = CLIENTS[request.param]()
    assert isinstance(chosen, AsyncAdapter)
    if request.param in ALONE:
        pytest.importorskip(chosen.package)
    return chosen


@pytest.fixture(params=BLOCKING)
def blocking(request: pytest.FixtureRequest) -> SyncAdapter:
    """Each blocking row in turn."""
    chosen = CLIENTS[request.param]()
    assert isinstance(chosen, SyncAdapter)
    if request.param in ALONE:
        pytest.importorskip(chosen.package)
    return chosen
