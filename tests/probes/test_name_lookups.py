"""Look-ups of names are counted, whoever makes them; addresses are none."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from clientprof.model.host_names import is_name
from clientprof.probes.failures import Failures
from clientprof.probes.name_lookups import install_name_lookups
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder, patches = Recorder(), Patches()
    install_name_lookups(recorder, patches, Failures())
    yield recorder
    patches.restore()


@pytest.mark.parametrize("host", ["localhost", b"localhost", "a.example"])
def test_names_are_names(host: object) -> None:
    assert is_name(host)


@pytest.mark.parametrize("host", ["127.0.0.1", b"127.0.0.1", "::1", "[::1]", "fe80::1%lo", "", None])
def test_addresses_and_no_host_are_no_names(host: object) -> None:
    assert not is_name(host)


def test_names_are_counted_from_a_thread_and_from_a_loop_and_addresses_are_not(recorder: Recorder) -> None:
    async def on_a_loop() -> None:
        loop = asyncio.get_running_loop()
        await loop.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
        await loop.getaddrinfo("127.0.0.1", 80)

    socket.getaddrinfo("localhost", 80)
    socket.getaddrinfo("127.0.0.1", 80)
    asyncio.run(on_a_loop())
    assert len(recorder.columns()["lookup.at_ns"]) == 2


def test_an_attempt_that_takes_addresses_alone_is_no_look_up(recorder: Recorder) -> None:
    with pytest.raises(OSError, match=r"."):
        socket.getaddrinfo("localhost", 80, 0, 0, 0, socket.AI_NUMERICHOST)
    with pytest.raises(OSError, match=r"."):
        socket.getaddrinfo("localhost", 80, flags=socket.AI_NUMERICHOST)
    assert not recorder.columns()["lookup.at_ns"]
