"""TLS contexts are made as often as the clients make them outside: by httpx for each client, by aiohttp once."""

import asyncio
import ssl

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, ClientOptions
from clientprof.origin.process import OriginProcess


@pytest.mark.parametrize(("client", "made"), [("httpx", 3), ("aiohttp", 1)])
def test_contexts_built_by_three_clients(
    client: str,
    made: int,
    tls_origin: OriginProcess,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = tls_origin.ready.ca_file
    assert source is not None
    # A file of its own, because another test may have had the context of the origin's.
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    with open(source, encoding="ascii") as pem:
        file.write_text(pem.read(), encoding="ascii")
    adapter = CLIENTS[client]()
    adapter.module_version()  # imports it
    built: list[ssl.SSLContext] = []
    original = ssl.create_default_context

    def counting(**arguments: str) -> ssl.SSLContext:
        built.append(original(**arguments))
        return built[-1]

    monkeypatch.setattr(ssl, "create_default_context", counting)
    assert isinstance(adapter, AsyncAdapter)

    async def three() -> None:
        for _ in range(3):
            await adapter.close(adapter.build(ClientOptions(ca_file=str(file))))

    asyncio.run(three())
    assert len(built) == made
