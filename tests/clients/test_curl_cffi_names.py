"""curl_cffi is given what all of its versions know."""

import asyncio

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, ClientOptions

pytest.importorskip("curl_cffi")


@pytest.mark.parametrize("http2", [False, True])
def test_the_http_version_is_a_constant_since_names_are_unknown_before_0_12(http2: bool) -> None:
    async def version() -> object:
        adapter = CLIENTS["curl-cffi"]()
        assert isinstance(adapter, AsyncAdapter)
        session = adapter.build(ClientOptions(http2=http2))
        await adapter.close(session)
        return session.http_version

    assert isinstance(asyncio.run(version()), int)
