"""Calls that block the loop without computing: named with their time, though CPU per request does not show them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from command import results, run
from planted_package import plant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a thread's voluntary switches"),
]
NAP_MS = 1.0
LOOPS = ["asyncio", "uvloop"]
# A nap in the request path of each client, in a function of the package that nobody knows.
PLANT = """
import time


def doze():
    time.sleep({nap_s})


def planted(owner, name):
    original = getattr(owner, name)

    def changed(*args, **kwargs):
        doze()
        return original(*args, **kwargs)

    setattr(owner, name, changed)


try:
    import {module} as package
except ImportError:
    pass
else:
    planted(package.{owner}, "{name}")
"""
PLACES = {
    "aiohttp": ("aiohttp.client_reqrep", "ClientRequest", "update_auth"),
    "httpx": ("httpcore._async.connection_pool", "AsyncConnectionPool", "_close_connections"),
}


def traced(client: str, loop: str, out: Path) -> list[dict[str, Any]]:
    """The findings about the client."""
    ran = run(
        "trace",
        "--client",
        client,
        "--loop",
        loop,
        "--against",
        "none",
        "-n",
        "16",
        "--blocks",
        "1",
        "--lens",
        "control,ledger,sample",
        "--out",
        str(out),
    )
    assert ran.code == 0, ran
    summary = json.loads((results(out) / "summary.json").read_text())
    found: list[dict[str, Any]] = summary["findings"]
    return found


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("client", PLACES)
def test_a_planted_nap_is_found_with_its_time(
    client: str, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, owner, name = PLACES[client]
    source = PLANT.format(nap_s=NAP_MS / 1e3, module=module, owner=owner, name=name)
    plant(tmp_path / "packages", "dozing", source, monkeypatch)
    found = {finding["id"]: finding for finding in traced(client, loop, tmp_path / "out")}
    assert found["blocking-call"]["culprits"][0]["function"] == "doze"
    # At least one nap a request; a nap lasts as long as asked or longer, and samples are a matter of chance.
    assert found["blocking-call"]["off_cpu_us_per_request"] > 0.6 * NAP_MS * 1e3


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("client", PLACES)
def test_clients_as_they_are_do_not_block(client: str, loop: str, tmp_path: Path) -> None:
    assert "blocking-call" not in {finding["id"] for finding in traced(client, loop, tmp_path)}
