"""trio before 0.23: it is not asked whether it runs, and passes a socket's system call at another place."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import trio
from trio import lowlevel

from clientprof.probes.on_trio.trio_transfers import SOCKET, wrap_transfers
from clientprof.probes.patches import Patches
from clientprof.probes.private_seams import misfits
from clientprof.probes.programs.sites import in_trio_run
from clientprof.probes.seam_table import SEAMS, Instrument

Call = Callable[..., Any]


async def inside() -> bool:
    return in_trio_run()


@pytest.mark.parametrize("older", [False, True])
def test_a_run_is_seen_from_inside_and_only_there(older: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if older:
        monkeypatch.delattr(lowlevel, "in_trio_run")
    assert not in_trio_run()
    assert trio.run(inside)
    assert not in_trio_run()


async def older_helper(self: object, fn: Call, args: tuple[Any, ...], kwargs: Mapping[str, Any], wait_fn: Call) -> Call:
    """Gives back what it was given to call."""
    return fn


async def newer_helper(self: object, wait_fn: Call, fn: Call, *args: Any, **kwargs: Any) -> Call:
    """The same since 0.23."""
    return fn


def wrapped_send(_socket: object, _call: Call) -> str:
    return "sends"


def wrapped_receive(_socket: object, _call: Call) -> str:
    return "receives"


@pytest.mark.parametrize("helper", [older_helper, newer_helper])
def test_sends_and_receives_are_wrapped_wherever_their_call_is_passed(
    helper: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trio import _socket

    kind: Any = _socket._SocketType
    monkeypatch.setattr(kind, "_nonblocking_helper", helper)
    assert [fault for fault in misfits(SEAMS[Instrument.TRIO_STREAMS]) if SOCKET in fault] == []
    patches = Patches()
    try:
        wrap_transfers(patches, wrapped_send, wrapped_receive)  # type: ignore[arg-type]

        async def given(fn: Call) -> object:
            last = ((b"x",), {}, None) if helper is older_helper else (b"x",)
            return await kind._nonblocking_helper(None, *([] if helper is older_helper else [None]), fn, *last)

        assert trio.run(given, socket.socket.send) == "sends"
        assert trio.run(given, socket.socket.recv) == "receives"
        assert trio.run(given, socket.socket.accept) is socket.socket.accept
    finally:
        patches.restore()
