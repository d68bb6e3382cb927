"""Running origins, one of each kind for all tests: a start costs a third of a second."""

from collections.abc import Iterator

import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess


@pytest.fixture(scope="session", params=["auto", "standard"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that takes it runs on both engines."""
    return str(request.param)


@pytest.fixture(scope="session")
def origin(engine: str) -> Iterator[OriginProcess]:
    """A plain origin."""
    with OriginProcess(Options(engine=engine)) as running:
        yield running


@pytest.fixture(scope="session")
def tls_origin(engine: str) -> Iterator[OriginProcess]:
    """An origin with TLS."""
    with OriginProcess(Options(engine=engine, tls=True)) as running:
        yield running


@pytest.fixture(scope="session")
def strict_origin(engine: str) -> Iterator[OriginProcess]:
    """An origin that holds new connections for 100 ms, and closes them after 3 requests or 200 ms without one."""
    options = Options(engine=engine, accept_delay_ms=100, max_requests_per_connection=3, keepalive_s=0.2)
    with OriginProcess(options) as running:
        yield running
