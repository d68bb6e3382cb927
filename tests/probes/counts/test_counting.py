"""Counts are exact: every call once, none lost, none that was not made."""

import asyncio
import importlib
import inspect
import socket
import ssl
import sys
from pathlib import Path

import pytest

from clientprof.model.run import Counter
from clientprof.probes.counts.counters import CountingProbe
from clientprof.probes.observation_points import CounterSpec

SPECS = (
    CounterSpec("plain", f"{__name__}:plain", "calls", expected=2.0),
    CounterSpec("asynchronous", f"{__name__}:asynchronous", "calls"),
    CounterSpec("static", f"{__name__}:Subject.static", "calls"),
)


def plain() -> int:
    return 1


async def asynchronous() -> int:
    return 2


class Subject:
    @staticmethod
    def static(value: int) -> int:
        return value


def counted(probe: CountingProbe, requests: int = 1) -> dict[str, Counter]:
    return {counter.name: counter for counter in probe.counters(requests)}


@pytest.fixture
def probe() -> CountingProbe:
    """Not yet installed."""
    return CountingProbe(SPECS)


def test_every_call_counts_once_and_results_pass_through(probe: CountingProbe) -> None:
    probe.install()
    try:
        assert [plain() for _ in range(7)] == [1] * 7
        assert asyncio.run(asynchronous()) == 2
        assert Subject.static(3) == Subject().static(3) == 3
        counts = counted(probe, requests=7)
    finally:
        probe.uninstall()
    plain()
    assert (counts["plain"].total, counts["asynchronous"].total, counts["static"].total) == (7, 1, 2)
    assert (counts["plain"].requests, counts["plain"].expected) == (7, 2.0)
    assert counted(probe)["plain"].total == 7


def test_sockets_and_tls_contexts_are_counted(probe: CountingProbe) -> None:
    probe.install()
    try:
        left, right = socket.socketpair()
        with left, right:
            for _ in range(3):
                left.send(b"x")
                right.recv(1)
            left.send(b"x")
            right.recv_into(bytearray(1))
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ssl.create_default_context()
        counts = counted(probe)
    finally:
        probe.uninstall()
    names = ("socket_sends", "socket_receives", "socket_receives_into", "ssl_contexts", "connects")
    assert [counts[name].total for name in names] == [4, 3, 1, 2, 0]


def test_callbacks_timers_and_tasks_of_the_loop_are_counted(probe: CountingProbe) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_task(asynchronous())
        probe.reset()
        before = counted(probe)
        assert before["tasks"].total == 0
        for _ in range(5):
            loop.call_soon(plain)
        loop.call_later(10, plain).cancel()
        loop.create_task(asynchronous()).cancel()
        after = counted(probe)
        assert (after["loop_callbacks"].total, after["timers"].total, after["tasks"].total) == (6, 1, 1)

    probe.install()
    try:
        asyncio.run(main())
    finally:
        probe.uninstall()


def test_failed_imports_are_counted_by_name(probe: CountingProbe) -> None:
    probe.install()
    try:
        for name in ("no_such_module", "no_such_module", "json.no_such_part"):
            with pytest.raises(ImportError):
                importlib.import_module(name)
        importlib.import_module("json")
        counts = counted(probe)
    finally:
        probe.uninstall()
    assert counts["failed_imports"].total == 3
    assert counts["failed_imports"].meaning.endswith("(no_such_module, json.no_such_part)")


def test_a_module_that_is_found_is_no_failed_import(probe: CountingProbe, tmp_path: Path) -> None:
    (tmp_path / "clientprof_test_found.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    probe.install()
    try:
        importlib.import_module("clientprof_test_found")
        assert counted(probe)["failed_imports"].total == 0
    finally:
        probe.uninstall()
        sys.path.remove(str(tmp_path))


def test_a_reset_starts_every_count_over(probe: CountingProbe) -> None:
    probe.install()
    try:
        plain()
        with pytest.raises(ImportError):
            importlib.import_module("no_such_module")
        probe.reset()
        assert {counter.total for counter in probe.counters(1)} == {0}
    finally:
        probe.uninstall()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="inspect can mark a wrapper as a coroutine function since 3.12")
def test_a_counted_coroutine_function_is_still_known_as_one(probe: CountingProbe) -> None:
    probe.install()
    try:
        assert inspect.iscoroutinefunction(asynchronous)
        assert not inspect.iscoroutinefunction(plain)
    finally:
        probe.uninstall()


def test_a_missing_target_is_named(probe: CountingProbe) -> None:
    probe = CountingProbe((CounterSpec("nothing", "asyncio:no_such_function", "calls"), *SPECS))
    probe.install()
    probe.uninstall()
    assert probe.missing == ["asyncio:no_such_function"]
    assert "nothing" not in counted(probe)
