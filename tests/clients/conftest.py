"""Origins for the adapters' tests, plain and with TLS."""

from collections.abc import Iterator

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter
from clientprof.origin.process import OriginProcess


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


@pytest.fixture(params=CLIENTS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """Each row of the table in turn; a new row is tested by being there."""
    return CLIENTS[request.param]()
