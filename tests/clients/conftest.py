"""Every adapter in turn."""

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter


@pytest.fixture(params=CLIENTS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """Each row of the table in turn; a new row is tested by being there."""
    return CLIENTS[request.param]()
